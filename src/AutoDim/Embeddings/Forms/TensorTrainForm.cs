using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// The table as a tensor train (TT-Rec, Yin et al., MLSys 2021): a value's row is written in three digits i, j, k, a vector's place likewise, and
/// the vector is the product of three matrices, A_i (d₁, r)·B_j (r, d₂·r')·C_k (r', d₃), of which each of three small tables has one per digit.
/// </summary>
/// <param name="Rank">The largest of r and r'; both stop at what the outer matrices together can make use of.</param>
public sealed record TensorTrainForm(long Rank) : RowForm
{
    public const string Name = "tt";

    public override string Text => $"{Name}:{Rank}";

    public override long Parameters(long rows, int dim) => Sizes(rows, dim).Sum(core => core.Rows * core.Dim);

    public override long Bytes(long rows, int dim, RowStorage storage) => Sizes(rows, dim).Sum(core => core.Rows * RowFormat.Bytes(storage, core.Dim));

    /// <summary>A number is a sum of r·r' products of three, which gives the cores' deviation from that of the vectors.</summary>
    internal override ComposedRows Create(in ComposedField field)
    {
        var (first, second) = Ranks(field.Rows, field.Dim);
        var deviation = Math.Pow(field.Deviation * field.Deviation / (first * second), 1.0 / 6);
        var sizes = Sizes(field.Rows, field.Dim);
        var divisor = 1L;
        var cores = new EmbeddingTable[sizes.Length];
        for (var i = 0; i < sizes.Length; i++)
        {
            cores[i] = field.AddTable($".core{i + 1}", new DigitRule(field.Field, sizes[i].Rows, divisor), sizes[i].Dim, deviation);
            divisor *= sizes[i].Rows;
        }

        return new TrainRows(cores, first, second);
    }

    /// <summary>The rows of each table, and the numbers of each of its matrices.</summary>
    private (long Rows, int Dim)[] Sizes(long rows, int dim)
    {
        var (n, d) = (Digits(rows), Factors(dim));
        var (first, second) = Ranks(rows, dim);
        return [(n[0], d[0] * first), (n[1], first * d[1] * second), (n[2], second * d[2])];
    }

    private (int First, int Second) Ranks(long rows, int dim)
    {
        var (n, d) = (Digits(rows), Factors(dim));
        return ((int)Math.Min(Rank, n[0] * d[0]), (int)Math.Min(Rank, n[2] * d[2]));
    }

    /// <summary>Three bases, as near to each other as may be, whose product is no less than the rows.</summary>
    private static long[] Digits(long rows)
    {
        var first = Root(rows, 3);
        var rest = (rows + first - 1) / first;
        var second = Root(rest, 2);
        return [first, second, (rest + second - 1) / second];
    }

    /// <summary>The least whole number whose power is no less.</summary>
    private static long Root(long number, int power)
    {
        var root = Math.Max(1, (long)Math.Pow(number, 1.0 / power));
        while (Math.Pow(root, power) < number) root++;
        while (root > 1 && Math.Pow(root - 1, power) >= number) root--;
        return root;
    }

    /// <summary>Three factors of the dimension of the least sum, the smallest in the middle, where the matrices are largest.</summary>
    private static int[] Factors(int dim)
    {
        int[] best = [dim, 1, 1];
        for (var a = 1; a <= dim; a++)
        {
            for (var b = 1; dim % a == 0 && b <= a; b++)
            {
                if (dim / a % b == 0 && dim / a / b <= b && a + b + (dim / a / b) < best.Sum()) best = [a, dim / a / b, b];
            }
        }

        return best;
    }

    private sealed class TrainRows(EmbeddingTable[] cores, int first, int second) : ComposedRows
    {
        public override Tensor Lookup(Tape tape, IndexedBatch input)
            => TensorTrainProducts.Apply(tape, Core(tape, input, 0), Core(tape, input, 1), Core(tape, input, 2), first, second);

        private (Tensor Matrices, DistinctRows Rows) Core(Tape tape, IndexedBatch input, int core) => (Rows(tape, input, cores[core]), input.RowsOf(cores[core]));
    }
}

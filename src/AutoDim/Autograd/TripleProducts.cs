using System.Runtime.Intrinsics;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Products of T triples of a sample's M vectors, summed over coordinates: x is (B, M·D), y is (B, T) with y_mkl = Σ_d x_m,d x_k,d x_l,d in the
/// order of the triples; all of them come as (0, 1, 2), (0, 1, 3), …. Triples in a row that begin with the same two fields share their product.
/// </summary>
internal sealed unsafe class TripleProducts : LaneOperation
{
    private int dim;
    private (int First, int Second, int Third)[] triples = [];

    public static Tensor Apply(Tape tape, Tensor x, int fields, (int First, int Second, int Third)[] triples)
    {
        var operation = tape.Record<TripleProducts>();
        operation.dim = x.Columns / fields;
        operation.triples = triples;
        return operation.Run(tape, triples.Length, x, work: 2 * operation.dim);
    }

    /// <summary>All triples of M vectors.</summary>
    public static (int First, int Second, int Third)[] AllTriples(int fields)
        => [.. InnerProducts.AllPairs(fields).SelectMany(pair => Enumerable.Range(pair.Right + 1, fields - pair.Right - 1).Select(third => (pair.Left, pair.Right, third)))];

    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var vectors = graph.Reshape(trace[A], -1, A.Columns / dim, dim);
        GraphValue Vectors(Func<(int First, int Second, int Third), int> place) => graph.Gather(vectors, graph.Numbers([.. triples.Select(triple => (long)place(triple))]), axis: 1);
        var products = graph.Multiply(graph.Multiply(Vectors(triple => triple.First), Vectors(triple => triple.Second)), Vectors(triple => triple.Third));
        trace[Y] = graph.Sum(products, [2]);
    }

    protected override void Forward(in LaneBlock block)
    {
        var pair = block.Work;
        for (var i = 0; i < triples.Length; i++)
        {
            if (IsNewPair(i)) Multiply(pair, Vector(block.A, triples[i].First), Vector(block.A, triples[i].Second));
            block.Y[i] = Lanes.Dot(pair, Vector(block.A, triples[i].Third), dim);
        }
    }

    /// <summary>dx_l += g x_m ⊙ x_k; with s = Σ_l g_l x_l over the triples of a pair, dx_m += s ⊙ x_k and dx_k += s ⊙ x_m.</summary>
    protected override void Backward(in LaneBlock block)
    {
        Vector512<Real>* pair = block.Work, sum = block.Work + dim;
        for (var i = 0; i < triples.Length; i++)
        {
            var (first, second, third) = triples[i];
            if (IsNewPair(i))
            {
                Multiply(pair, Vector(block.A, first), Vector(block.A, second));
                new Span<Vector512<Real>>(sum, dim).Clear();
            }

            Lanes.AddScaled(Vector(block.Da, third), block.Dy[i], pair, dim);
            Lanes.AddScaled(sum, block.Dy[i], Vector(block.A, third), dim);
            if (i + 1 < triples.Length && !IsNewPair(i + 1)) continue;
            AddProduct(Vector(block.Da, first), sum, Vector(block.A, second));
            AddProduct(Vector(block.Da, second), sum, Vector(block.A, first));
        }
    }

    private bool IsNewPair(int i) => i == 0 || (triples[i].First, triples[i].Second) != (triples[i - 1].First, triples[i - 1].Second);

    private Vector512<Real>* Vector(Vector512<Real>* vectors, int field) => vectors + (field * dim);

    private void Multiply(Vector512<Real>* target, Vector512<Real>* a, Vector512<Real>* b)
    {
        for (var i = 0; i < dim; i++) target[i] = a[i] * b[i];
    }

    private void AddProduct(Vector512<Real>* target, Vector512<Real>* a, Vector512<Real>* b)
    {
        for (var i = 0; i < dim; i++) target[i] = Vector512.FusedMultiplyAdd(a[i], b[i], target[i]);
    }
}

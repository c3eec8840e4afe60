using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A linear layer on the fields' vectors side by side, y = [x_1 … x_M]·W + b, with ReLU where asked: (B, Σ d)·(Σ d, H) → (B, H).
/// It equals <see cref="Concatenate"/> and then <see cref="Linear"/>, but a field with few distinct rows V_m (U, d) is multiplied
/// once per distinct row, and samples only add:
/// <code>
///   P_m = V_m·W_m     y_b = Σ_m P_m[row of b] + the other fields' product
///   S_m[u] = Σ over samples with row u of dy_b     dW_m = V_mᵀ·S_m     dV_m = S_m·W_mᵀ
/// </code>
/// P and S are worked on in blocks of 32 columns, so that all such fields' rows of a block stay in cache. A layer that scores, with weights that
/// stay as they are, keeps P_m of small fields from one pass to the next (<see cref="KeptProducts"/>).
/// </summary>
internal sealed unsafe class FieldLinear : Operation
{
    private const int BlockColumns = SharedRowKernels.Columns;
    private const int SamplesPerChunk = 128;

    private Tape tape = null!;
    private FieldSplit split = new();
    private Tensor weight = null!, y = null!;
    private Tensor? bias;
    private bool relu;
    private MatrixView rest, restWeight;
    private Real* products, sums;

    public static Tensor Apply(Tape tape, FieldVectors vectors, Tensor weight, Tensor? bias, bool relu)
    {
        var operation = tape.Record<FieldLinear>();
        operation.tape = tape;
        operation.weight = weight;
        operation.bias = bias;
        operation.relu = relu;
        operation.y = tape.NewTensor(vectors.BatchSize, weight.Columns);
        if (tape.KeptOf(weight) is { } kept)
        {
            operation.split.DivideByTables(vectors.Fields, weight.Columns);
            if (operation.split.Shared.Length > 0)
            {
                operation.Score(kept);
                return operation.y;
            }
        }

        operation.split.Divide(vectors.Fields, vectors.BatchSize, sharing: tape.IsTraining);
        operation.Forward();
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (relu) tape.Pool.For(y.Rows, SamplesPerChunk, this, static (op, first, last) => ElementKernels.MaskWherePositive(op.y.GradientRow(first), op.y.Row(first), (last - first) * op.y.Columns));
        if (bias is { NeedsGradient: true }) tape.ColumnSum.Run(tape, y.Gradient, y.Rows, y.Columns, bias.Gradient, bias.BeginGradient());
        if (weight.NeedsGradient) weight.EnsureGradient();
        SharedBackward();
        RestBackward();
    }

    /// <summary>A pass that scores leaves every field in the rest.</summary>
    public override void Describe(GraphTrace trace)
    {
        var x = trace.VectorsOf([.. split.Rest.ToArray().Select(part => part.Source)]);
        var product = bias == null ? trace.Graph.MatrixProduct(x, trace[weight]) : trace.Graph.MatrixProduct(x, trace[weight], trace[bias]);
        trace[y] = relu ? trace.Graph.Relu(product) : product;
    }

    private int Blocks => (y.Columns + BlockColumns - 1) / BlockColumns;

    /// <summary>The rest's product first and as a whole, then the kept products on top: so a sample's sum is rounded alike whatever the batch.</summary>
    private void Score(KeptWeights kept)
    {
        var known = kept.Find<KeptProducts>(weight.Value) ?? kept.Add(weight.Value, new KeptProducts(split, weight));
        GatherRest();
        Gemm.Multiply(tape.Pool, tape.Scratch, rest, known.RestWeight, y.ValueView, bias: bias == null ? null : bias.Value, kept: kept);
        known.AddTo(y, split, tape, relu);
    }

    private void Forward()
    {
        if (split.Shared.Length > 0)
        {
            products = tape.NewScratch((long)tape.Pool.ThreadCount * split.SharedRows * BlockColumns);
            tape.Pool.For(Blocks, 1, this, static (op, first, last, worker) =>
            {
                for (var block = first; block < last; block++) op.AddProducts(block, worker);
            });
        }

        restWeight = split.Shared.Length == 0 ? weight.ValueView : View(tape.NewScratch((long)split.RestDim * y.Columns), split.RestDim, y.Columns);
        if (split.Shared.Length > 0) split.CopyRestRows(weight.Value, restWeight.Data, y.Columns);
        GatherRest();
        Gemm.Multiply(tape.Pool, tape.Scratch, rest, restWeight, y.ValueView, split.Shared.Length > 0, bias == null ? null : bias.Value, relu, split.Shared.Length == 0 ? tape.KeptOf(weight) : null);
    }

    private void GatherRest()
    {
        rest = View(tape.NewScratch((long)y.Rows * split.RestDim), y.Rows, split.RestDim);
        tape.Pool.For(y.Rows, SamplesPerChunk, this, static (op, first, last) => op.split.GatherRest(op.rest.Data, first, last));
    }

    /// <summary>Columns of one block of y: every shared field's product, then each sample's sum of them.</summary>
    private void AddProducts(int block, int worker)
    {
        var column = block * BlockColumns;
        var width = Math.Min(BlockColumns, y.Columns - column);
        var product = products + ((long)worker * split.SharedRows * BlockColumns);
        foreach (ref readonly var field in split.Shared)
        {
            var vectors = field.Source.Vectors;
            tape.Serial(worker).Multiply(vectors.ValueView, BlockOf(weight.Value, field, column, width), RowsOf(field, product, width));
        }

        SharedRowKernels.Gather(split.Shared, product, y.Value + column, y.Columns, y.Rows, width);
    }

    private void SharedBackward()
    {
        if (split.Shared.Length == 0) return;
        sums = tape.NewScratch((long)Blocks * split.SharedRows * BlockColumns);
        tape.Pool.For(Blocks, 1, this, static (op, first, last, worker) =>
        {
            for (var block = first; block < last; block++) op.SumGradients(block, worker);
        });
        tape.Pool.For(split.Shared.Length, 1, this, static (op, first, last, worker) =>
        {
            for (var i = first; i < last; i++) op.RowGradients(op.split.Shared[i], worker);
        });
    }

    private Real* SumsOf(int block) => sums + ((long)block * split.SharedRows * BlockColumns);

    private void SumGradients(int block, int worker)
    {
        var column = block * BlockColumns;
        var width = Math.Min(BlockColumns, y.Columns - column);
        var sum = SumsOf(block);
        new Span<Real>(sum, split.SharedRows * BlockColumns).Clear();
        SharedRowKernels.ScatterAdd(split.Shared, y.Gradient + column, y.Columns, y.Rows, sum, width);
        if (!weight.NeedsGradient) return;
        foreach (ref readonly var field in split.Shared)
        {
            var vectors = field.Source.Vectors.ValueView;
            tape.Serial(worker).Multiply(vectors.Transposed, RowsOf(field, sum, width), BlockOf(weight.Gradient, field, column, width), accumulate: true);
        }
    }

    private void RowGradients(in FieldPart field, int worker)
    {
        var vectors = field.Source.Vectors;
        if (!vectors.NeedsGradient) return;
        vectors.EnsureGradient();
        for (var block = 0; block < Blocks; block++)
        {
            var column = block * BlockColumns;
            var width = Math.Min(BlockColumns, y.Columns - column);
            tape.Serial(worker).Multiply(RowsOf(field, SumsOf(block), width), BlockOf(weight.Value, field, column, width).Transposed, vectors.GradientView, accumulate: true);
        }
    }

    private void RestBackward()
    {
        if (weight.NeedsGradient)
        {
            var shares = split.Shared.Length > 0;
            var gradient = shares ? View(tape.NewScratch((long)split.RestDim * y.Columns), split.RestDim, y.Columns) : weight.GradientView;
            Gemm.Multiply(tape.Pool, tape.Scratch, rest.Transposed, y.GradientView, gradient, accumulate: !shares);
            if (shares) split.AddRestRows(gradient.Data, weight.Gradient, y.Columns);
        }

        if (!TakeGradients(split.Rest)) return;
        Gemm.Multiply(tape.Pool, tape.Scratch, y.GradientView, restWeight.Transposed, rest);
        tape.Pool.For(split.Rest.Length, 1, this, static (op, first, last) =>
        {
            foreach (ref readonly var part in op.split.Rest[first..last]) FieldRows.ScatterAdd(part.Source, op.rest.Data + part.Offset, op.rest.Columns, op.y.Rows);
        });
    }

    private static bool TakeGradients(ReadOnlySpan<FieldPart> parts)
    {
        foreach (ref readonly var part in parts)
        {
            if (part.Source.Vectors.NeedsGradient) return true;
        }

        return false;
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    /// <summary>A field's rows of the weight, or of its gradient, and some of their columns: (d, width).</summary>
    private MatrixView BlockOf(Real* matrix, in FieldPart field, int column, int width)
        => new(matrix + ((long)field.WeightRow * y.Columns) + column, field.Source.Dim, width, y.Columns);

    /// <summary>A shared field's rows of a block of products or sums: (U, width).</summary>
    private static MatrixView RowsOf(in FieldPart field, Real* block, int width)
        => new(block + ((long)field.Offset * BlockColumns), field.Source.Vectors.Rows, width, BlockColumns);
}

using AutoDim.Autograd;
using AutoDim.Graphs;

namespace AutoDim.Embeddings;

/// <summary>Sum of each sample's one-dimensional vectors: the first-order (wide) term. y is (B, 1).</summary>
internal sealed unsafe class SumFields : Operation
{
    private Tape tape = null!;
    private FieldVector[] fields = null!;
    private Tensor y = null!;

    public static Tensor Apply(Tape tape, FieldVectors vectors)
    {
        var operation = tape.Record<SumFields>();
        operation.tape = tape;
        operation.fields = vectors.Fields;
        operation.y = tape.NewTensor(vectors.BatchSize, 1);
        tape.Pool.For(vectors.BatchSize, 256, operation, static (op, first, last) => op.Forward(first, last));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        tape.Pool.For(fields.Length, 1, this, static (op, first, last) =>
        {
            for (var m = first; m < last; m++) op.ScatterAdd(m);
        });
    }

    public override void Describe(GraphTrace trace) => trace[y] = trace.Graph.Sum(trace.VectorsOf(fields), [1], keepsAxes: true);

    private void Forward(int first, int last)
    {
        new Span<Real>(y.Row(first), last - first).Clear();
        foreach (ref readonly var field in fields.AsSpan())
        {
            for (var sample = first; sample < last; sample++) y.Value[sample] += field.Vectors.Value[field.RowOf(sample)];
        }
    }

    private void ScatterAdd(int m)
    {
        var field = fields[m];
        if (!field.Vectors.NeedsGradient) return;
        field.Vectors.EnsureGradient();
        for (var sample = 0; sample < y.Rows; sample++) field.Vectors.Gradient[field.RowOf(sample)] += y.Gradient[sample];
    }
}

using System.Numerics.Tensors;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>y = tanh(x), elementwise. x, y are (B, C).</summary>
internal sealed unsafe class Tanh : Operation
{
    private const int RowsPerChunk = 64;

    private Tape tape = null!;
    private Tensor x = null!, y = null!;

    public static Tensor Apply(Tape tape, Tensor x)
    {
        var operation = tape.Record<Tanh>();
        operation.tape = tape;
        operation.x = x;
        operation.y = tape.NewTensor(x.Rows, x.Columns);
        tape.Pool.For(x.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient || !x.NeedsGradient) return;
        x.EnsureGradient();
        tape.Pool.For(x.Rows, RowsPerChunk, this, static (op, first, last)
            => ElementKernels.AddTanhGradient(op.x.GradientRow(first), op.y.GradientRow(first), op.y.Row(first), (last - first) * op.y.Columns));
    }

    public override void Describe(GraphTrace trace) => trace[y] = trace.Graph.Tanh(trace[x]);

    /// <summary>Row by row, so that a number's rounding does not depend on how many samples are in its batch.</summary>
    private void Forward(int first, int last)
    {
        for (var row = first; row < last; row++) TensorPrimitives.Tanh(new ReadOnlySpan<Real>(x.Row(row), x.Columns), new Span<Real>(y.Row(row), x.Columns));
    }
}

using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>y = a ⊙ b, all (N, C).</summary>
internal sealed unsafe class Product : Operation
{
    private const int RowsPerChunk = 64;

    private Tape tape = null!;
    private Tensor a = null!, b = null!, y = null!;

    public static Tensor Apply(Tape tape, Tensor a, Tensor b)
    {
        var operation = tape.Record<Product>();
        operation.tape = tape;
        operation.a = a;
        operation.b = b;
        operation.y = tape.NewTensor(a.Rows, a.Columns);
        tape.Pool.For(a.Rows, RowsPerChunk, operation, static (op, first, last) => ElementKernels.Multiply(op.y.Row(first), op.a.Row(first), op.b.Row(first), (last - first) * op.y.Columns));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (a.NeedsGradient) a.EnsureGradient();
        if (b.NeedsGradient) b.EnsureGradient();
        tape.Pool.For(a.Rows, RowsPerChunk, this, static (op, first, last) => op.InputGradients(first, (last - first) * op.y.Columns));
    }

    public override void Describe(GraphTrace trace) => trace[y] = trace.Graph.Multiply(trace[a], trace[b]);

    private void InputGradients(int first, int count)
    {
        if (a.NeedsGradient) ElementKernels.AddProduct(a.GradientRow(first), y.GradientRow(first), b.Row(first), count);
        if (b.NeedsGradient) ElementKernels.AddProduct(b.GradientRow(first), y.GradientRow(first), a.Row(first), count);
    }
}

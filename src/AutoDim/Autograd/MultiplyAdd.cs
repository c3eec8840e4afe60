using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>y = a ⊙ b + c, all (B, C): the end of DCNv2's cross layer, x₀ ⊙ (W x + b) + x.</summary>
internal sealed unsafe class MultiplyAdd : Operation
{
    private const int RowsPerChunk = 64;

    private Tape tape = null!;
    private Tensor a = null!, b = null!, c = null!, y = null!;

    public static Tensor Apply(Tape tape, Tensor a, Tensor b, Tensor c)
    {
        var operation = tape.Record<MultiplyAdd>();
        operation.tape = tape;
        operation.a = a;
        operation.b = b;
        operation.c = c;
        operation.y = tape.NewTensor(a.Rows, a.Columns);
        tape.Pool.For(a.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (a.NeedsGradient) a.EnsureGradient();
        if (b.NeedsGradient) b.EnsureGradient();
        if (c.NeedsGradient) c.EnsureGradient();
        tape.Pool.For(a.Rows, RowsPerChunk, this, static (op, first, last) => op.InputGradients(first, last));
    }

    public override void Describe(GraphTrace trace) => trace[y] = trace.Graph.Add(trace.Graph.Multiply(trace[a], trace[b]), trace[c]);

    private void Forward(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            new ReadOnlySpan<Real>(c.Row(row), y.Columns).CopyTo(new Span<Real>(y.Row(row), y.Columns));
            ElementKernels.AddProduct(y.Row(row), a.Row(row), b.Row(row), y.Columns);
        }
    }

    private void InputGradients(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            var g = y.GradientRow(row);
            if (a.NeedsGradient) ElementKernels.AddProduct(a.GradientRow(row), g, b.Row(row), y.Columns);
            if (b.NeedsGradient) ElementKernels.AddProduct(b.GradientRow(row), g, a.Row(row), y.Columns);
            if (c.NeedsGradient) VectorKernels.AddScaled(c.GradientRow(row), 1, g, y.Columns);
        }
    }
}

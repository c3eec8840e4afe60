using System.Numerics.Tensors;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// y = s ⊙ x with s = 2σ(g), gates between 0 and 2 (FinalMLP's feature selection, eq. 6). x, y are (B, C); g is (B, C), or (1, C) for the same
/// gates in every sample.
/// </summary>
internal sealed unsafe class FeatureGate : Operation
{
    private const int RowsPerChunk = 64;

    private Tape tape = null!;
    private Tensor x = null!, gates = null!, y = null!;
    private Real* scales, products;

    public static Tensor Apply(Tape tape, Tensor x, Tensor gates)
    {
        if (gates.Columns != x.Columns || (gates.Rows != x.Rows && gates.Rows != 1))
        {
            throw new ArgumentException($"gates ({gates.Rows}, {gates.Columns}) do not fit ({x.Rows}, {x.Columns})", nameof(gates));
        }

        var operation = tape.Record<FeatureGate>();
        operation.tape = tape;
        operation.x = x;
        operation.gates = gates;
        operation.y = tape.NewTensor(x.Rows, x.Columns);
        operation.scales = tape.NewScratch(gates.Length);
        tape.Pool.For(gates.Rows, RowsPerChunk, operation, static (op, first, last) => op.Scale(first, last));
        tape.Pool.For(x.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.y;
    }

    /// <summary>dx = s ⊙ dy; dg = dy ⊙ x ⊙ s (1 − s/2), summed over the samples that share a gate.</summary>
    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (x.NeedsGradient)
        {
            x.EnsureGradient();
            tape.Pool.For(x.Rows, RowsPerChunk, this, static (op, first, last) => op.InputGradient(first, last));
        }

        if (!gates.NeedsGradient) return;
        gates.EnsureGradient();
        products = tape.NewScratch(gates.Length);
        if (gates.Rows == 1) tape.ColumnSum.Run(tape, y.Gradient, y.Rows, y.Columns, products, other: x.Value);
        else tape.Pool.For(x.Rows, RowsPerChunk, this, static (op, first, last) => ElementKernels.Multiply(op.Row(op.products, first), op.y.GradientRow(first), op.x.Row(first), (last - first) * op.x.Columns));
        tape.Pool.For(gates.Rows, RowsPerChunk, this, static (op, first, last)
            => ElementKernels.AddGateGradient(op.gates.GradientRow(first), op.Row(op.products, first), op.Row(op.scales, first), (last - first) * op.gates.Columns));
    }

    public override void Describe(GraphTrace trace)
        => trace[y] = trace.Graph.Multiply(trace.Graph.Multiply(trace.Graph.Sigmoid(trace[gates]), trace.Graph.Number(2)), trace[x]);

    /// <summary>Row by row, so that a number's rounding does not depend on how many samples are in its batch.</summary>
    private void Scale(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            TensorPrimitives.Sigmoid(new ReadOnlySpan<Real>(gates.Row(row), gates.Columns), new Span<Real>(Row(scales, row), gates.Columns));
            ElementKernels.Scale(Row(scales, row), 2, Row(scales, row), gates.Columns);
        }
    }

    private void Forward(int first, int last)
    {
        for (var row = first; row < last; row++) ElementKernels.Multiply(y.Row(row), ScalesOf(row), x.Row(row), x.Columns);
    }

    private void InputGradient(int first, int last)
    {
        for (var row = first; row < last; row++) ElementKernels.AddProduct(x.GradientRow(row), y.GradientRow(row), ScalesOf(row), x.Columns);
    }

    private Real* ScalesOf(int sample) => Row(scales, gates.Rows == 1 ? 0 : sample);

    private Real* Row(Real* matrix, int row) => matrix + ((long)row * x.Columns);
}

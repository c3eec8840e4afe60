using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>A cross layer of DCN (Wang et al., 2017, eq. 3): y = x₀ (xᵀw) + b + x. x₀, x, y are (B, C), w is (C, 1), b is (1, C).</summary>
internal sealed unsafe class CrossVector : Operation
{
    private const int RowsPerChunk = 64;

    private Tape tape = null!;
    private Tensor first = null!, x = null!, weight = null!, bias = null!, products = null!, y = null!;

    public static Tensor Apply(Tape tape, Tensor first, Tensor x, Tensor weight, Tensor bias)
    {
        var operation = tape.Record<CrossVector>();
        operation.tape = tape;
        operation.first = first;
        operation.x = x;
        operation.weight = weight;
        operation.bias = bias;
        operation.products = tape.NewTensor(x.Rows, 1);
        operation.y = tape.NewTensor(x.Rows, x.Columns);
        Gemm.Multiply(tape.Pool, tape.Scratch, x.ValueView, weight.ValueView, operation.products.ValueView);
        tape.Pool.For(x.Rows, RowsPerChunk, operation, static (op, from, to) => op.Forward(from, to));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (bias.NeedsGradient) tape.ColumnSum.Run(tape, y.Gradient, y.Rows, y.Columns, bias.Gradient, bias.BeginGradient());
        if (first.NeedsGradient) first.EnsureGradient();
        if (x.NeedsGradient) x.EnsureGradient();
        tape.Pool.For(x.Rows, RowsPerChunk, this, static (op, from, to) => op.InputGradients(from, to));
        if (!weight.NeedsGradient) return;
        Gemm.Multiply(tape.Pool, tape.Scratch, x.ValueView.Transposed, products.GradientView, weight.GradientView, accumulate: weight.BeginGradient());
    }

    public override void Describe(GraphTrace trace)
        => trace[y] = trace.Graph.Add(trace.Graph.Add(trace[x], trace[bias]), trace.Graph.Multiply(trace.Graph.MatrixProduct(trace[x], trace[weight]), trace[first]));

    private void Forward(int from, int to)
    {
        for (var row = from; row < to; row++)
        {
            ElementKernels.Add(y.Row(row), x.Row(row), bias.Value, y.Columns);
            VectorKernels.AddScaled(y.Row(row), products.Value[row], first.Row(row), y.Columns);
        }
    }

    /// <summary>With s = xᵀw: ds = ⟨g, x₀⟩, dx₀ += s g, dx += g + ds w.</summary>
    private void InputGradients(int from, int to)
    {
        var columns = y.Columns;
        for (var row = from; row < to; row++)
        {
            var g = y.GradientRow(row);
            products.Gradient[row] = VectorKernels.Dot(g, first.Row(row), columns);
            if (first.NeedsGradient) VectorKernels.AddScaled(first.GradientRow(row), products.Value[row], g, columns);
            if (!x.NeedsGradient) continue;
            VectorKernels.AddScaled(x.GradientRow(row), 1, g, columns);
            VectorKernels.AddScaled(x.GradientRow(row), products.Gradient[row], weight.Value, columns);
        }
    }
}

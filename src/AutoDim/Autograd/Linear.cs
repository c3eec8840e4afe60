using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>y = x·W + b, with ReLU where asked. x is (B, I), W is (I, O), b is (1, O), y is (B, O).</summary>
internal sealed unsafe class Linear : Operation
{
    private Tape tape = null!;
    private Tensor x = null!, weight = null!, y = null!;
    private Tensor? bias;
    private bool relu;

    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor? bias, bool relu)
    {
        var operation = tape.Record<Linear>();
        operation.tape = tape;
        operation.x = x;
        operation.weight = weight;
        operation.bias = bias;
        operation.relu = relu;
        operation.y = tape.NewTensor(x.Rows, weight.Columns);
        Gemm.Multiply(tape.Pool, tape.Scratch, x.ValueView, weight.ValueView, operation.y.ValueView, bias: bias == null ? null : bias.Value, relu: relu);
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (relu) tape.Pool.For(y.Rows, 128, this, static (op, first, last) => op.MaskByOutput(first, last));
        if (bias is { NeedsGradient: true }) tape.ColumnSum.Run(tape, y.Gradient, y.Rows, y.Columns, bias.Gradient, bias.BeginGradient());
        if (weight.NeedsGradient)
        {
            Gemm.Multiply(tape.Pool, tape.Scratch, x.ValueView.Transposed, y.GradientView, weight.GradientView, accumulate: weight.BeginGradient());
        }

        if (x.NeedsGradient)
        {
            Gemm.Multiply(tape.Pool, tape.Scratch, y.GradientView, weight.ValueView.Transposed, x.GradientView, accumulate: x.BeginGradient());
        }
    }

    /// <summary>ReLU's derivative is 1 exactly where its output is positive.</summary>
    private void MaskByOutput(int first, int last)
        => ElementKernels.MaskWherePositive(y.GradientRow(first), y.Row(first), (last - first) * y.Columns);
}

using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// y = x·W + b, plus another tensor where given, with ReLU where asked. x is (B, I), W is (I, O), b is (1, O), y is (B, O). x may also
/// hold G groups of I columns side by side, such as fields' vectors, that go through the same map: (B, G·I) → (B, G·O).
/// </summary>
internal sealed unsafe class Linear : Operation
{
    private Tape tape = null!;
    private Tensor x = null!, weight = null!, y = null!;
    private Tensor? bias, plus;
    private bool relu;

    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, Tensor? bias, bool relu, Tensor? plus = null)
    {
        if (x.Columns % weight.Rows != 0) throw new ArgumentException($"{x.Columns} columns do not fit a weight of {weight.Rows} rows", nameof(weight));
        var operation = tape.Record<Linear>();
        operation.tape = tape;
        operation.x = x;
        operation.weight = weight;
        operation.bias = bias;
        operation.plus = plus;
        operation.relu = relu;
        operation.y = tape.NewTensor(x.Rows, x.Columns / weight.Rows * weight.Columns);
        operation.Forward();
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (relu) tape.Pool.For(y.Rows, 128, this, static (op, first, last) => op.MaskByOutput(first, last));
        if (plus is { NeedsGradient: true })
        {
            plus.EnsureGradient();
            tape.Pool.For(y.Rows, 128, this, static (op, first, last) => VectorKernels.AddScaled(op.plus!.GradientRow(first), 1, op.y.GradientRow(first), (last - first) * op.y.Columns));
        }

        var gradient = Groups(y.Gradient, weight.Columns);
        if (bias is { NeedsGradient: true }) tape.ColumnSum.Run(tape, y.Gradient, gradient.Rows, gradient.Columns, bias.Gradient, bias.BeginGradient());
        if (weight.NeedsGradient)
        {
            Gemm.Multiply(tape.Pool, tape.Scratch, Groups(x.Value, weight.Rows).Transposed, gradient, weight.GradientView, accumulate: weight.BeginGradient());
        }

        if (x.NeedsGradient)
        {
            Gemm.Multiply(tape.Pool, tape.Scratch, gradient, weight.ValueView.Transposed, Groups(x.Gradient, weight.Rows), accumulate: x.BeginGradient());
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var groups = x.Columns / weight.Rows;
        var input = groups == 1 ? trace[x] : graph.Reshape(trace[x], -1, weight.Rows);
        var y = bias == null ? graph.MatrixProduct(input, trace[weight]) : graph.MatrixProduct(input, trace[weight], trace[bias]);
        if (groups > 1) y = graph.Reshape(y, -1, this.y.Columns);
        if (plus != null) y = graph.Add(y, trace[plus]);
        trace[this.y] = relu ? graph.Relu(y) : y;
    }

    private void Forward()
    {
        Gemm.Multiply(tape.Pool, tape.Scratch, Groups(x.Value, weight.Rows), weight.ValueView, Groups(y.Value, weight.Columns), bias: bias == null ? null : bias.Value, relu: relu && plus == null, kept: tape.KeptOf(weight));

        // Added to the finished product: a product that starts from it would round by its blocking, and so by the batch's size.
        if (plus != null) tape.Pool.For(y.Rows, 128, this, static (op, first, last) => ElementKernels.AddBias(op.y.Row(first), op.plus!.Row(first), (last - first) * op.y.Columns, op.relu));
    }

    /// <summary>A group a line: (B·G, width).</summary>
    private MatrixView Groups(Real* data, int width) => new(data, x.Rows * (x.Columns / weight.Rows), width, width);

    /// <summary>ReLU's derivative is 1 exactly where its output is positive.</summary>
    private void MaskByOutput(int first, int last)
        => ElementKernels.MaskWherePositive(y.GradientRow(first), y.Row(first), (last - first) * y.Columns);
}

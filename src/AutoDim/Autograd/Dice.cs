using System.Numerics.Tensors;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Dice, the activation of DIN (Zhou et al., KDD 2018, eq. 4): y = p x + (1 − p) α x with p = σ((x − μ) / √(σ² + ε)), by the batch's
/// statistics while training and running ones after. x, y are (N, C); α and the running statistics are (1, C).
/// </summary>
internal sealed unsafe class Dice : Operation
{
    private const double Epsilon = 1e-8;
    private const int RowsPerTask = 128;

    private Tape tape = null!;
    private Tensor x = null!, slope = null!, y = null!;
    private Real* mean, inverse, p, ofGate, ofSlope, factor, offset;
    private Real size;
    private bool add;

    /// <param name="slope">α.</param>
    public static Tensor Apply(Tape tape, Tensor x, Tensor slope, Parameter runningMean, Parameter runningVariance)
    {
        var operation = tape.Record<Dice>();
        operation.tape = tape;
        operation.x = x;
        operation.slope = slope;
        operation.y = tape.NewTensor(x.Rows, x.Columns);
        operation.Forward(runningMean, runningVariance);
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        var columns = x.Columns;
        ofGate = tape.NewScratch(x.Length);
        ofSlope = tape.NewScratch(x.Length);
        tape.Pool.For(x.Rows, RowsPerTask, this, static (op, first, last) =>
        {
            for (var row = first; row < last; row++) ElementKernels.DicePartGradients(op.Row(op.ofSlope, row), op.Row(op.ofGate, row), op.y.GradientRow(row), op.x.Row(row), op.Row(op.p, row), op.slope.Value, op.x.Columns);
        });
        if (slope.NeedsGradient) tape.ColumnSum.Run(tape, ofSlope, x.Rows, columns, slope.Gradient, slope.BeginGradient());
        if (!x.NeedsGradient) return;

        // With h the gradient of x̂ = (x − μ)·inverse: inverse·(h − mean(h) − x̂·mean(h·x̂)), as in BatchNorm, written as h·inverse + x·factor + offset.
        factor = tape.NewScratch(2 * columns);
        offset = factor + columns;
        tape.ColumnSum.Run(tape, ofGate, x.Rows, columns, offset);
        tape.ColumnSum.Run(tape, ofGate, x.Rows, columns, factor, other: x.Value);
        tape.SumOverRanks(factor, 2 * columns);
        for (var c = 0; c < columns; c++)
        {
            factor[c] = -(factor[c] - (mean[c] * offset[c])) * inverse[c] * inverse[c] * inverse[c] / size;
            offset[c] = (-offset[c] * inverse[c] / size) - (factor[c] * mean[c]);
        }

        add = x.BeginGradient();
        tape.Pool.For(x.Rows, RowsPerTask, this, static (op, first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                ElementKernels.DiceGradient(op.x.GradientRow(row), op.y.GradientRow(row), op.Row(op.p, row), op.slope.Value, op.Row(op.ofGate, row), op.inverse, op.x.Row(row), op.factor, op.offset, op.x.Columns, op.add);
            }
        });
    }

    public override void Describe(GraphTrace trace)
    {
        var (graph, alpha, one) = (trace.Graph, trace[slope], trace.Graph.Number(1));
        var p = graph.Sigmoid(graph.Multiply(graph.Subtract(trace[x], trace.Constant(mean, 1, x.Columns)), trace.Constant(inverse, 1, x.Columns)));
        trace[y] = graph.Multiply(trace[x], graph.Add(p, graph.Multiply(graph.Subtract(one, p), alpha)));
    }

    private Real* Row(Real* matrix, int row) => matrix + ((long)row * x.Columns);

    private void Forward(Parameter runningMean, Parameter runningVariance)
    {
        mean = tape.NewScratch(x.Columns);
        inverse = tape.NewScratch(x.Columns);
        p = tape.NewScratch(x.Length);
        size = BatchNorm.Statistics(tape, x, mean, inverse, runningMean, runningVariance);
        for (var c = 0; c < x.Columns; c++) inverse[c] = 1 / Real.Sqrt(inverse[c] + (Real)Epsilon);
        tape.Pool.For(x.Rows, RowsPerTask, this, static (op, first, last) => op.Activate(first, last));
    }

    /// <summary>Row by row, so that a number's rounding does not depend on how many rows there are.</summary>
    private void Activate(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            var gate = new Span<Real>(Row(p, row), x.Columns);
            ElementKernels.Normalise(Row(p, row), x.Row(row), mean, inverse, x.Columns);
            TensorPrimitives.Sigmoid(gate, gate);
            ElementKernels.Dice(y.Row(row), x.Row(row), Row(p, row), slope.Value, x.Columns);
        }
    }
}

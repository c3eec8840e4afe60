using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Batch normalisation (Ioffe, Szegedy, 2015) with scale γ and shift β where given, else 1 and 0, then ReLU where asked.
/// x, y are (B, C); γ, β and the running statistics are (1, C). y = γ (x − μ) / √(σ² + ε) + β.
/// Running statistics move by <see cref="Momentum"/>, the variance unbiased, as in the common toolkits.
/// The batch is the whole one: where ranks have shares of it, their sums are added, forward and backward, unless <see cref="Tape.NormalisesShares"/>.
/// </summary>
internal sealed unsafe class BatchNorm : Operation
{
    public const double Epsilon = 1e-5;
    public const double Momentum = 0.1;

    private Tape tape = null!;
    private Tensor x = null!, y = null!;
    private Tensor? scale, shift;
    private Real* mean, inverse, slope, factor, offset;
    private Real size;
    private bool relu, add;

    public static Tensor Apply(Tape tape, Tensor x, Tensor? scale, Tensor? shift, Parameter runningMean, Parameter runningVariance, bool relu)
    {
        var operation = tape.Record<BatchNorm>();
        operation.tape = tape;
        operation.x = x;
        operation.scale = scale;
        operation.shift = shift;
        operation.relu = relu;
        operation.y = tape.NewTensor(x.Rows, x.Columns);
        operation.Forward(runningMean, runningVariance);
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        int columns = x.Columns, rows = x.Rows;
        if (relu) tape.Pool.For(rows, 128, this, static (op, first, last) => ElementKernels.MaskWherePositive(op.y.GradientRow(first), op.y.Row(first), (last - first) * op.y.Columns));
        Real* sumG = tape.NewScratch(2 * columns), sumGx = sumG + columns;
        tape.ColumnSum.Run(tape, y.Gradient, rows, columns, sumG);
        tape.ColumnSum.Run(tape, y.Gradient, rows, columns, sumGx, other: x.Value);

        // Σ g·x̂ with x̂ = (x − μ)·inverse, from Σ g·x.
        for (var c = 0; c < columns; c++) sumGx[c] = (sumGx[c] - (mean[c] * sumG[c])) * inverse[c];
        if (scale is { NeedsGradient: true })
        {
            scale.EnsureGradient();
            VectorKernels.AddScaled(scale.Gradient, 1, sumGx, columns);
        }

        if (shift is { NeedsGradient: true })
        {
            shift.EnsureGradient();
            VectorKernels.AddScaled(shift.Gradient, 1, sumG, columns);
        }

        if (!x.NeedsGradient) return;
        if (!tape.NormalisesShares) tape.SumOverRanks(sumG, 2 * columns);

        // dx = γ·inverse·(g − mean(g) − x̂·mean(g·x̂)), written as g·slope + x·factor + offset.
        for (var c = 0; c < columns; c++)
        {
            slope[c] = ScaleOf(c) * inverse[c];
            factor[c] = -slope[c] * inverse[c] * sumGx[c] / size;
            offset[c] = (-slope[c] * sumG[c] / size) - (factor[c] * mean[c]);
        }

        add = x.BeginGradient();
        tape.Pool.For(rows, 64, this, static (op, first, last) => op.InputGradient(first, last));
    }

    public override void Describe(GraphTrace trace)
    {
        var y = trace.Graph.Add(trace.Graph.Multiply(trace[x], trace.Constant(factor, 1, x.Columns)), trace.Constant(offset, 1, x.Columns));
        trace[this.y] = relu ? trace.Graph.Relu(y) : y;
    }

    private void Forward(Parameter runningMean, Parameter runningVariance)
    {
        int columns = x.Columns, rows = x.Rows;
        mean = tape.NewScratch(columns);
        inverse = tape.NewScratch(columns);
        slope = tape.NewScratch(columns);
        factor = tape.NewScratch(columns);
        offset = tape.NewScratch(columns);
        size = Statistics(tape, x, mean, inverse, runningMean, runningVariance, tape.NormalisesShares);
        for (var c = 0; c < columns; c++)
        {
            inverse[c] = 1 / Real.Sqrt(inverse[c] + (Real)Epsilon);
            factor[c] = ScaleOf(c) * inverse[c];
            offset[c] = (shift == null ? 0 : shift.Value[c]) - (mean[c] * factor[c]);
        }

        tape.Pool.For(rows, 64, this, static (op, first, last) => op.Normalise(first, last));
    }

    private Real ScaleOf(int column) => scale == null ? 1 : scale.Value[column];

    /// <summary>Mean and variance of each column to normalise by: the batch's while training, biased, which move the running ones; else those. Returns the rows that they are of.</summary>
    /// <param name="isOfShare">Whether the batch is this rank's share, which may have no row, and not the whole.</param>
    internal static Real Statistics(Tape tape, Tensor x, Real* mean, Real* variance, Parameter runningMean, Parameter runningVariance, bool isOfShare = false)
    {
        int columns = x.Columns, rows = x.Rows;
        if (!tape.IsTraining || (isOfShare && rows == 0))
        {
            runningMean.Values.CopyTo(new Span<Real>(mean, columns));
            runningVariance.Values.CopyTo(new Span<Real>(variance, columns));
            return rows;
        }

        var sums = tape.NewScratch(columns + 1);
        tape.ColumnSum.Run(tape, x.Value, rows, columns, sums);
        sums[columns] = rows;
        if (!isOfShare) tape.SumOverRanks(sums, columns + 1);
        var size = sums[columns];
        for (var c = 0; c < columns; c++) mean[c] = sums[c] / size;
        tape.ColumnSum.RunSquares(tape, x.Value, rows, columns, variance, mean);
        if (!isOfShare) tape.SumOverRanks(variance, columns);
        for (var c = 0; c < columns; c++)
        {
            var biased = variance[c] / size;
            if (tape.UpdatesStatistics)
            {
                var unbiased = size > 1 ? variance[c] / (size - 1) : biased;
                runningMean.Value[c] += (Real)Momentum * (mean[c] - runningMean.Value[c]);
                runningVariance.Value[c] += (Real)Momentum * (unbiased - runningVariance.Value[c]);
            }

            variance[c] = biased;
        }

        return size;
    }

    private void Normalise(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            ElementKernels.ScaleShift(y.Row(row), x.Row(row), factor, offset, x.Columns, relu);
        }
    }

    private void InputGradient(int first, int last)
    {
        for (var row = first; row < last; row++)
        {
            ElementKernels.ScaleShiftGradient(x.GradientRow(row), y.GradientRow(row), slope, x.Row(row), factor, offset, x.Columns, add);
        }
    }
}

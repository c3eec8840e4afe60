using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Compression.AutoEmb;

/// <summary>
/// Every candidate's map of the rows' first numbers, side by side: y_n = e[:d_n]·W_n. e is (U, D), W_n is (d_n, C), y is (U, N·C). There is no bias, which the BatchNorm behind it would take out.
/// <code>
///   dW_n = e[:d_n]ᵀ·dy_n     de[:d_n] += dy_n·W_nᵀ
/// </code>
/// </summary>
internal sealed unsafe class PrefixMaps : Operation
{
    private Tape tape = null!;
    private Tensor rows = null!, mapped = null!;
    private Parameter[] weights = [];

    /// <param name="weights">W of each candidate.</param>
    public static Tensor Apply(Tape tape, Tensor rows, Parameter[] weights)
    {
        var operation = tape.Record<PrefixMaps>();
        (operation.tape, operation.rows, operation.weights) = (tape, rows, weights);
        operation.mapped = tape.NewTensor(rows.Rows, weights.Length * weights[0].Columns);
        for (var n = 0; n < weights.Length; n++) operation.Multiply(operation.Prefix(rows.Value, n), weights[n].ValueView, operation.Mapped(operation.mapped.Value, n), accumulate: false);
        return operation.mapped;
    }

    public override void Backward()
    {
        if (!mapped.HasGradient) return;
        if (rows.NeedsGradient) rows.EnsureGradient();
        for (var n = 0; n < weights.Length; n++)
        {
            var gradient = Mapped(mapped.Gradient, n);
            if (weights[n].NeedsGradient)
            {
                weights[n].EnsureGradient();
                Multiply(Prefix(rows.Value, n).Transposed, gradient, weights[n].GradientView, accumulate: true);
            }

            if (rows.NeedsGradient) Multiply(gradient, weights[n].ValueView.Transposed, Prefix(rows.Gradient, n), accumulate: true);
        }
    }

    private MatrixView Prefix(Real* data, int n) => new(data, rows.Rows, weights[n].Rows, rows.Columns);

    private MatrixView Mapped(Real* data, int n) => new(data + (n * weights[n].Columns), rows.Rows, weights[n].Columns, mapped.Columns);

    private void Multiply(MatrixView a, MatrixView b, MatrixView c, bool accumulate) => Gemm.Multiply(tape.Pool, tape.Scratch, a, b, c, accumulate);
}

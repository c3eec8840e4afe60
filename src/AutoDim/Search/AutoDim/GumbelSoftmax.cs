using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// Soft selection (AutoDim, eqs. 8-9): π = softmax(α) over the allowed candidates of a field (or of a block of its values), p = softmax((log π + g) / τ)
/// with Gumbel noise g, one draw per choice and step; without noise in evaluation. α and p are (choices, N); candidates not allowed have p = 0.
/// </summary>
internal sealed unsafe class GumbelSoftmax : Operation
{
    private Tensor alpha = null!, p = null!;
    private int[] allowed = null!;
    private double temperature;

    /// <param name="noise">Where the noise is drawn from: N numbers per field; null for none.</param>
    public static Tensor Apply(Tape tape, Tensor alpha, int[] allowed, double temperature, CounterRandom? noise)
    {
        var operation = tape.Record<GumbelSoftmax>();
        operation.alpha = alpha;
        operation.allowed = allowed;
        operation.temperature = temperature;
        operation.p = tape.NewTensor(alpha.Rows, alpha.Columns);
        var scores = stackalloc double[alpha.Columns];
        for (var m = 0; m < alpha.Rows; m++)
        {
            LogSoftmax(alpha.Row(m), scores, allowed[m]);
            for (var n = 0; n < allowed[m]; n++)
            {
                scores[n] = (scores[n] + (noise?.Gumbel(((long)m * alpha.Columns) + n) ?? 0)) / temperature;
            }

            Softmax(scores, operation.p.Row(m), allowed[m], alpha.Columns);
        }

        return operation.p;
    }

    /// <summary>With y = (log π + g)/τ: ∂L/∂y_n = p_n (∂L/∂p_n − Σ p ∂L/∂p), and through log π: ∂L/∂α = ∂L/∂y/τ − π Σ ∂L/∂y/τ.</summary>
    public override void Backward()
    {
        if (!p.HasGradient || !alpha.NeedsGradient) return;
        alpha.EnsureGradient();
        var logPi = stackalloc double[alpha.Columns];
        var dy = stackalloc double[alpha.Columns];
        for (var m = 0; m < alpha.Rows; m++)
        {
            Real* weight = p.Row(m), gradient = p.GradientRow(m), target = alpha.GradientRow(m);
            LogSoftmax(alpha.Row(m), logPi, allowed[m]);
            double mean = 0, total = 0;
            for (var n = 0; n < allowed[m]; n++) mean += (double)weight[n] * gradient[n];
            for (var n = 0; n < allowed[m]; n++)
            {
                dy[n] = weight[n] * (gradient[n] - mean) / temperature;
                total += dy[n];
            }

            for (var n = 0; n < allowed[m]; n++) target[n] += (Real)(dy[n] - (Math.Exp(logPi[n]) * total));
        }
    }

    /// <summary>log softmax of the first <paramref name="count"/> numbers.</summary>
    public static void LogSoftmax(Real* source, double* target, int count)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (var n = 0; n < count; n++) largest = Math.Max(largest, source[n]);
        for (var n = 0; n < count; n++) sum += Math.Exp(source[n] - largest);
        for (var n = 0; n < count; n++) target[n] = source[n] - largest - Math.Log(sum);
    }

    private static void Softmax(double* source, Real* target, int count, int columns)
    {
        double largest = double.NegativeInfinity, sum = 0;
        for (var n = 0; n < count; n++) largest = Math.Max(largest, source[n]);
        for (var n = 0; n < count; n++) sum += Math.Exp(source[n] - largest);
        for (var n = 0; n < columns; n++) target[n] = n < count ? (Real)(Math.Exp(source[n] - largest) / sum) : 0;
    }
}

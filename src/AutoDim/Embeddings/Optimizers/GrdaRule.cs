namespace AutoDim.Embeddings.Optimizers;

/// <summary>
/// Generalised regularised dual averaging (Chao, Cheng, 2019), as AutoFIS uses it: with v₀ = w₀, v ← v − γ g and
/// w = sign(v) max(|v| − c √γ (nγ)^μ, 0) at step n, so that a weight which its gradients do not hold up becomes 0. State: dim numbers a row, v.
/// </summary>
internal unsafe struct GrdaRule(GrdaOptions options) : IRowRule
{
    private Real rate, threshold;
    private bool isFirst;

    public static bool IsElementwise => true;

    public readonly int StateWidth(int dim) => dim;

    public void Begin(long step, double learningRate)
    {
        rate = (Real)learningRate;
        threshold = (Real)(options.C * Math.Sqrt(learningRate) * Math.Pow(step * learningRate, options.Mu));
        isFirst = step == 1;
    }

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim)
    {
        for (var i = 0; i < dim; i++)
        {
            state[i] = (isFirst ? weight[i] : state[i]) - (rate * gradient[i]);
            weight[i] = Real.CopySign(Real.Max(Real.Abs(state[i]) - threshold, 0), state[i]);
        }
    }
}

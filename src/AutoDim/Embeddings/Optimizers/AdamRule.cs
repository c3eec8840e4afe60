using AutoDim.Numerics;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>
/// Adam (Kingma, Ba, 2015), β₁ = 0.9, β₂ = 0.999, ε = 1e-8, bias corrected by the global step.
/// State: 2·dim numbers a row, first moments then second. Applied to touched rows only it is "lazy" Adam, to all rows dense Adam.
/// </summary>
internal unsafe struct AdamRule : IRowRule
{
    internal const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private Real rate, rootCorrection;

    public static bool IsElementwise => true;

    public readonly int StateWidth(int dim) => 2 * dim;

    public void Begin(long step, double learningRate)
    {
        rate = (Real)(learningRate / (1 - Math.Pow(Beta1, step)));
        rootCorrection = (Real)(1 / Math.Sqrt(1 - Math.Pow(Beta2, step)));
    }

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim)
        => ElementKernels.Adam(weight, gradient, state, state + dim, rate, rootCorrection, dim);
}

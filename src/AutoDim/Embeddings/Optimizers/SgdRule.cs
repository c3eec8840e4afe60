using AutoDim.Numerics;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>Stochastic gradient descent: w −= η g. No state.</summary>
internal unsafe struct SgdRule : IRowRule
{
    private Real rate;

    public static bool IsElementwise => true;

    public readonly int StateWidth(int dim) => 0;

    public void Begin(long step, double learningRate) => rate = (Real)learningRate;

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim) => VectorKernels.AddScaled(weight, -rate, gradient, dim);
}

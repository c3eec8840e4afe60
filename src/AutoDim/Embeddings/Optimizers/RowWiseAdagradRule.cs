using AutoDim.Numerics;

namespace AutoDim.Embeddings.Optimizers;

/// <summary>Row-wise Adagrad (as in DLRM, Naumov et al., 2019): one accumulator a row, s += mean g². State: 1 number a row.</summary>
internal unsafe struct RowWiseAdagradRule : IRowRule
{
    private const double Epsilon = 1e-10;
    private Real rate;

    public static bool IsElementwise => false;

    public readonly int StateWidth(int dim) => 1;

    public void Begin(long step, double learningRate) => rate = (Real)learningRate;

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim)
    {
        state[0] += VectorKernels.Dot(gradient, gradient, dim) / dim;
        VectorKernels.AddScaled(weight, -rate / (Real.Sqrt(state[0]) + (Real)Epsilon), gradient, dim);
    }
}

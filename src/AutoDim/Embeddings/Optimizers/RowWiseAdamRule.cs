namespace AutoDim.Embeddings.Optimizers;

/// <summary>Adam with one second moment a row, of mean g²: dim + 1 numbers of state a row instead of 2·dim.</summary>
internal unsafe struct RowWiseAdamRule : IRowRule
{
    private Real rate, rootCorrection;

    public static bool IsElementwise => false;

    public readonly int StateWidth(int dim) => dim + 1;

    public void Begin(long step, double learningRate)
    {
        rate = (Real)(learningRate / (1 - Math.Pow(AdamRule.Beta1, step)));
        rootCorrection = (Real)(1 / Math.Sqrt(1 - Math.Pow(AdamRule.Beta2, step)));
    }

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim)
    {
        ref var second = ref state[dim];
        second += (Real)(1 - AdamRule.Beta2) * ((Numerics.VectorKernels.Dot(gradient, gradient, dim) / dim) - second);
        var scale = rate / ((Real.Sqrt(second) * rootCorrection) + (Real)AdamRule.Epsilon);
        for (var i = 0; i < dim; i++)
        {
            state[i] += (Real)(1 - AdamRule.Beta1) * (gradient[i] - state[i]);
            weight[i] -= scale * state[i];
        }
    }
}

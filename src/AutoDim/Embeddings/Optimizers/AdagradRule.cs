namespace AutoDim.Embeddings.Optimizers;

/// <summary>Adagrad (Duchi, Hazan, Singer, 2011): s += g², w −= η g / (√s + ε). State: dim numbers a row.</summary>
internal unsafe struct AdagradRule : IRowRule
{
    private const double Epsilon = 1e-10;
    private Real rate;

    public static bool IsElementwise => true;

    public readonly int StateWidth(int dim) => dim;

    public void Begin(long step, double learningRate) => rate = (Real)learningRate;

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim)
    {
        for (var i = 0; i < dim; i++)
        {
            state[i] += gradient[i] * gradient[i];
            weight[i] -= rate * gradient[i] / (Real.Sqrt(state[i]) + (Real)Epsilon);
        }
    }
}

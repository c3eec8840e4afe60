namespace AutoDim.Embeddings.Optimizers;

/// <summary>
/// FTRL-proximal (McMahan et al., KDD 2013, algorithm 1) with β = 1 and no L1 or L2 of its own; η is α of the paper.
/// State: 2·dim numbers a row, η·z then n: with η in z a change of the learning rate does not rescale the weights. A row's first
/// touch takes its start value into z, so that it is not forgotten.
/// </summary>
internal unsafe struct FtrlRule : IRowRule
{
    private const double Beta = 1;
    private Real rate;

    public static bool IsElementwise => true;

    public readonly int StateWidth(int dim) => 2 * dim;

    public void Begin(long step, double learningRate) => rate = (Real)learningRate;

    public readonly void Update(Real* weight, Real* gradient, Real* state, int dim)
    {
        var squares = state + dim;
        for (var i = 0; i < dim; i++)
        {
            var before = Real.Sqrt(squares[i]);
            if (squares[i] == 0) state[i] = -weight[i] * (Real)Beta;
            squares[i] += gradient[i] * gradient[i];
            var after = Real.Sqrt(squares[i]);
            state[i] += (rate * gradient[i]) - ((after - before) * weight[i]);
            weight[i] = -state[i] / ((Real)Beta + after);
        }
    }
}

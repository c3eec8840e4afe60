namespace AutoDim.Embeddings.Optimizers;

/// <summary>
/// How one row of weights moves by its gradient. A rule is a small struct holding the numbers of the current step, so that
/// the loop over rows is compiled for each rule.
/// </summary>
internal unsafe interface IRowRule
{
    /// <summary>Whether every number moves by itself, its state the same few numbers: then rows may be joined to longer ones.</summary>
    static abstract bool IsElementwise { get; }

    /// <summary>Numbers of optimiser state that a row of this dimension needs.</summary>
    int StateWidth(int dim);

    /// <summary>This rule at a step (from 1) and learning rate.</summary>
    void Begin(long step, double learningRate);

    /// <summary>Moves the row; weight and gradient hold dim numbers, state <see cref="StateWidth"/>.</summary>
    void Update(Real* weight, Real* gradient, Real* state, int dim);
}

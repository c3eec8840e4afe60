namespace AutoDim.Embeddings.Optimizers;

/// <summary>Optimisers by name. State a row of dimension d: in brackets, in numbers of the engine's type.</summary>
public enum OptimizerKind
{
    /// <summary>Adam; on tables lazy: touched rows only, unless the update is dense (2d).</summary>
    Adam,

    /// <summary>Adam with one second moment a row (d + 1).</summary>
    RowWiseAdam,

    /// <summary>Adagrad (d).</summary>
    Adagrad,

    /// <summary>Adagrad with one accumulator a row (1).</summary>
    RowWiseAdagrad,

    /// <summary>Plain gradient descent (0).</summary>
    Sgd,

    /// <summary>FTRL-proximal (2d).</summary>
    Ftrl,
}

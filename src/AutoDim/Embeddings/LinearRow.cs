namespace AutoDim.Embeddings;

/// <summary>What a value has beside its vector, for a model's linear term.</summary>
public enum LinearRow
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A first-order weight.</summary>
    Weight,

    /// <summary>A second vector of the field's dimension.</summary>
    Vector,
}

namespace AutoDim.Models;

/// <summary>The first-order term of the models that have one beside their vectors.</summary>
public enum FirstOrderTerm
{
    /// <summary>Σ w_value, a weight for each value, as in the papers. The default.</summary>
    ValueWeights,

    /// <summary>Σ ⟨w_m, v_m⟩ with a vector for each field, as in FwFM (Pan et al., WWW 2018, section 4.3): a value stores nothing beside its vector, so that within the same bytes that may be longer.</summary>
    FieldVectors,
}

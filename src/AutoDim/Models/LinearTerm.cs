namespace AutoDim.Models;

/// <summary>FwFM's linear term (Pan et al., WWW 2018, section 4.3).</summary>
public enum LinearTerm
{
    /// <summary>Σ ⟨w_m, v_m⟩ with a vector for each field, the paper's FiLV. The default.</summary>
    FieldVectors,

    /// <summary>Σ w_value, a weight for each value, the paper's LW.</summary>
    ValueWeights,

    /// <summary>
    /// Σ ⟨w_value, v_value⟩ with a second vector for each value, of its field's dimension in the plan, the paper's FeLV. It doubles the tables and
    /// says no more than a weight per value would, but it learns otherwise.
    /// </summary>
    ValueVectors,
}

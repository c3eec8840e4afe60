namespace AutoDim.Search.AutoDim;

/// <summary>How a candidate's coordinates become D numbers.</summary>
public enum CandidateMaps
{
    /// <summary>A linear map per field and candidate (the paper's, as public re-implementations read it). The default.</summary>
    PerField,

    /// <summary>A linear map per candidate, shared by all fields; BatchNorm stays per field.</summary>
    Shared,

    /// <summary>BatchNorm on the d_n coordinates, then zeros up to D.</summary>
    ZeroPadding,
}

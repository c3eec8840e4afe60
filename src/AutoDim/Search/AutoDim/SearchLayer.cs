namespace AutoDim.Search.AutoDim;

/// <summary>How the mixture of candidates is computed; both give the same loss, gradients and α.</summary>
public enum SearchLayer
{
    /// <summary>One affine map per field, on distinct rows. The default.</summary>
    Collapsed,

    /// <summary>N maps and BatchNorms per field, as the paper writes it; slow, for checking.</summary>
    WrittenOut,
}

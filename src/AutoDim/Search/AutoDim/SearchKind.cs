namespace AutoDim.Search.AutoDim;

/// <summary>The searches that a run may make beside each other.</summary>
internal enum SearchKind
{
    /// <summary>As the options say.</summary>
    AutoDim,

    /// <summary>AutoDim-s, whatever the options say of it.</summary>
    SingleLevel,

    /// <summary>As the options say, and popular and rare values of a field choose apart.</summary>
    Blocks,
}

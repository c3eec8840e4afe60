namespace AutoDim.Models;

/// <summary>How DCNv2 joins its cross layers and its hidden layers.</summary>
public enum CrossStructure
{
    /// <summary>Side by side on the same vectors; their outputs are added. The default.</summary>
    Parallel,

    /// <summary>The hidden layers on what the cross layers give.</summary>
    Stacked,
}

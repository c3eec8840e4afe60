namespace AutoDim.Export;

/// <summary>What an exported model takes of each field.</summary>
public enum ExportInputs
{
    /// <summary>Table rows.</summary>
    Rows,

    /// <summary>Raw values: texts, numbers, ids.</summary>
    Values,
}

namespace AutoDim.Export;

/// <summary>The form of an exported model's numbers.</summary>
public enum ExportFormat
{
    /// <summary>The whole scorer as an ONNX graph.</summary>
    Onnx,

    /// <summary>Named arrays, as in a model folder.</summary>
    Safetensors,

    /// <summary>The same arrays for numpy.</summary>
    Npz,
}

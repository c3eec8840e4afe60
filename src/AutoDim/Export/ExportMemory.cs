namespace AutoDim.Export;

/// <summary>What exporting takes, from the sizes of the model's files.</summary>
internal static class ExportMemory
{
    /// <summary>Of the weights: the model, and the one read back to be checked; measured.</summary>
    private const double ArrayCopies = 2.1;

    /// <summary>Of the weights: the model, the graph, and what ONNX Runtime makes of it; measured.</summary>
    private const double OnnxCopies = 3.7;

    private const long ArrayBytes = 24_000_000;

    /// <summary>ONNX Runtime itself; measured.</summary>
    private const long OnnxBytes = 48_000_000;

    /// <summary>Resident bytes of the process at their peak.</summary>
    public static long Estimate(ModelSize model, ExportFormat format)
    {
        var (copies, beside) = format == ExportFormat.Onnx ? (OnnxCopies, OnnxBytes) : (ArrayCopies, ArrayBytes);
        return model.Process + beside + (long)(copies * model.Weights) + model.Vocabulary;
    }
}

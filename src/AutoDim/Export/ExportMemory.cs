using AutoDim.Numerics;

namespace AutoDim.Export;

/// <summary>What exporting takes, from the sizes of the model's files.</summary>
internal static class ExportMemory
{
    /// <summary>Of the weights: the model, and the one read back to be checked; measured.</summary>
    private const double ArrayCopies = 2.1;

    /// <summary>Of the weights: the model, the graph, and what ONNX Runtime makes of it; measured.</summary>
    private const double OnnxCopies = 3.7;

    private const long ArrayBytes = 12_000_000;

    /// <summary>ONNX Runtime itself; measured.</summary>
    private const long OnnxBytes = 42_000_000;

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <param name="folder">Of the model.</param>
    /// <exception cref="AutoDimException">It holds no model.</exception>
    public static long Estimate(string folder, ExportFormat format)
    {
        var manifest = ModelManifest.Load(folder);
        var (copies, beside) = format == ExportFormat.Onnx ? (OnnxCopies, OnnxBytes) : (ArrayCopies, ArrayBytes);
        return MemoryUse.Peak + beside + (long)(copies * SizeOf(folder, manifest.Weights)) + (2 * SizeOf(folder, manifest.Vocabulary));
    }

    /// <summary>Bytes of a model's file; 0 where it has none.</summary>
    public static long SizeOf(string folder, ModelFile? file) => file != null && new FileInfo(Path.Combine(folder, file.Name)) is { Exists: true } info ? info.Length : 0;
}

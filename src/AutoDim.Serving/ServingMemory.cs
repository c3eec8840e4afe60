using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Serving.Http;

namespace AutoDim.Serving;

/// <summary>What a server takes, from the sizes of its model's files and its limits.</summary>
internal static class ServingMemory
{
    /// <summary>ASP.NET Core, connections, batches; measured.</summary>
    private const long Overhead = 50_000_000;

    /// <summary>Resident bytes of the process at their peak: every row of the mapped tables touched, and as many bodies under way as are let in.</summary>
    /// <param name="folder">Of the model.</param>
    /// <exception cref="AutoDimException">It holds no model.</exception>
    public static long Estimate(string folder, ServingOptions options)
    {
        var manifest = ModelManifest.Load(folder);
        return MemoryUse.Peak + Overhead + ExportMemory.SizeOf(folder, manifest.Weights) + (2 * ExportMemory.SizeOf(folder, manifest.Vocabulary)) + new BodyMemory(options).Most;
    }
}

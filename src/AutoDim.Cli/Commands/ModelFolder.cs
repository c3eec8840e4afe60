using AutoDim.Export;

namespace AutoDim.Cli.Commands;

/// <summary>Where a model lies.</summary>
internal static class ModelFolder
{
    /// <summary>The folder itself, or model/ within a run's.</summary>
    public static string Find(string path)
    {
        var within = Path.Combine(path, "model");
        return !File.Exists(Path.Combine(path, ModelManifest.Name)) && File.Exists(Path.Combine(within, ModelManifest.Name)) ? within : path;
    }
}

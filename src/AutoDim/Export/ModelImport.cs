using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>An exported model's arrays back into a model folder, which scores as the exported one does.</summary>
internal static class ModelImport
{
    /// <summary>
    /// Checks every file and the golden rows, then saves the model. An export has no frequencies, so neither has the model: autodim drift compares no values with
    /// training then, and says so.
    /// </summary>
    /// <param name="folder">Of autodim export, in safetensors or npz.</param>
    /// <param name="target">Folder for the model.</param>
    /// <returns>The largest difference of a golden row, as <see cref="ModelExport.Verify"/> has it.</returns>
    /// <exception cref="AutoDimException">It is no such folder, damaged, or scores otherwise than its golden rows; nothing is then written.</exception>
    public static double Run(string folder, string target, WorkerPool pool)
    {
        var manifest = ExportManifest.Load(folder);
        var format = manifest.Format switch
        {
            ExportFormat.Safetensors => ArrayFormat.Safetensors,
            ExportFormat.Npz => ArrayFormat.Npz,
            _ => throw new AutoDimException($"'{folder}' is an {manifest.Format.ToString().ToUpperInvariant()} graph, from which no tables are taken back; export the model with --format safetensors or npz, and import that"),
        };
        var difference = ModelExport.Verify(folder, format);
        using var model = format.Load(Path.Combine(folder, manifest.Model.Weights.Name), manifest.Model, pool);
        var raw = manifest.Model is { Vocabulary: { } vocabulary, Schema: { } schema } ? new RawMap(Path.Combine(folder, vocabulary.Name), Path.Combine(folder, schema.Name)) : null;
        using var place = new RunFolder(target, isLocked: true);
        TrainedModel.Save(target, model, manifest.Model, raw);
        return difference;
    }
}

using AutoDim.Data;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>An exported model in a folder: its file, golden rows, vocabulary, schema, model card, and a manifest with everything's checksum.</summary>
internal static class ModelExport
{
    private const string ModelName = "model", CardName = "model-card.md", VocabularyName = "vocabulary.bin", SchemaName = "schema.yaml";

    /// <summary>
    /// Exports a model, reads it back and scores the golden rows with it; then, and only then, the files take their places, the manifest last.
    /// </summary>
    /// <param name="place">A folder, or in one a file of the format's ending.</param>
    /// <returns>The folder, and the largest difference of a golden row.</returns>
    /// <exception cref="AutoDimException">A file cannot be written, or scores differ by more than the tolerance; the folder is then as it was.</exception>
    public static (string Folder, double Difference) Write(TrainedModel model, IExportFormat format, ExportOptions options, string place)
    {
        var (folder, name) = place.EndsWith(format.Ending, StringComparison.OrdinalIgnoreCase) && !Directory.Exists(place)
            ? (Path.GetDirectoryName(Path.GetFullPath(place))!, Path.GetFileName(place)) : (place, ModelName + format.Ending);
        var raw = RawInputs.Of(model, options);
        using var run = new RunFolder(folder, isLocked: true);
        var made = run.Sub(AtomicFile.Temporary("export")).Path;
        try
        {
            format.Write(model, Path.Combine(made, name), options, raw);
            GoldenRows.Of(model.Model, options.GoldenRows, raw).Save(Path.Combine(made, GoldenRows.Name));
            CopyAlong(model, made);
            WriteManifest(ExportManifest.Of(model, options, raw), made, name);
            var difference = Verify(made, format);
            Replace(folder, made);
            return (folder, difference);
        }
        finally
        {
            AtomicFile.RemoveLeftovers(folder);
        }
    }

    /// <summary>Checks every file of an exported model and scores its golden rows.</summary>
    /// <returns>The largest difference of a golden row's log-odds or probability, relative for those above 1.</returns>
    /// <exception cref="AutoDimException">A file is missing or damaged, or scores differ by more than the tolerance.</exception>
    public static double Verify(string folder, IExportFormat format)
    {
        var manifest = ExportManifest.Load(folder);
        foreach (var file in manifest.Files) TrainedModel.Verify(folder, file);
        var golden = GoldenRows.Load(Path.Combine(folder, GoldenRows.Name));
        var (logits, probabilities) = format.Score(Path.Combine(folder, manifest.Model.Weights.Name), manifest.Model, golden);
        return Math.Max(Difference(logits, golden.Logit, "log-odds", manifest.Tolerance), Difference(probabilities, golden.Probability, "probability", manifest.Tolerance));
    }

    private static double Difference(float[] scores, IReadOnlyList<float> expected, string name, double tolerance)
    {
        var largest = 0.0;
        for (var row = 0; row < expected.Count; row++)
        {
            var difference = Math.Abs((double)scores[row] - expected[row]) / Math.Max(1, Math.Abs(expected[row]));
            if (!(difference <= tolerance))
            {
                throw new AutoDimException($"the exported model gives {name} {scores[row]:R} for golden row {row}, the engine {expected[row]:R}: more than the tolerance {tolerance:R} apart, so it is not to be used. Allow more with --tolerance, or report a bug");
            }

            largest = Math.Max(largest, difference);
        }

        return largest;
    }

    /// <summary>What a model folder, and the run's that holds it, have to go along.</summary>
    private static void CopyAlong(TrainedModel model, string folder)
    {
        Copy(model.Manifest.Vocabulary?.Name, VocabularyName);
        Copy(model.Manifest.Schema?.Name, SchemaName);
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(model.Folder)) == ModelName) Copy(Path.Combine("..", CardName), CardName);

        void Copy(string? source, string name)
        {
            if (source != null && File.Exists(Path.Combine(model.Folder, source))) TrainedModel.Copy(Path.Combine(model.Folder, source), Path.Combine(folder, name));
        }
    }

    private static void WriteManifest(ExportManifest manifest, string folder, string weights)
    {
        ModelFile[] files = [.. Directory.GetFiles(folder).Select(path => new ModelFile(Path.GetFileName(path), DataManifest.Checksum(path))).OrderBy(file => file.Name, StringComparer.Ordinal)];
        var described = manifest.Model with { Weights = Find(weights)!, Vocabulary = Find(VocabularyName), Schema = Find(SchemaName), Frequencies = null };
        JsonFile.Save(Path.Combine(folder, ExportManifest.Name), manifest with { Model = described, Files = files }, ExportJson.Default.ExportManifest);

        ModelFile? Find(string name) => Array.Find(files, file => file.Name == name);
    }

    /// <summary>A folder read at any moment holds the former export, this one, or none: the manifest goes first and comes last.</summary>
    private static void Replace(string folder, string made)
    {
        try
        {
            var former = FilesOf(folder);
            File.Delete(Path.Combine(folder, ExportManifest.Name));
            foreach (var name in former.Except(FilesOf(made))) File.Delete(Path.Combine(folder, name));
            foreach (var path in Directory.GetFiles(made).OrderBy(path => Path.GetFileName(path) == ExportManifest.Name)) File.Move(path, Path.Combine(folder, Path.GetFileName(path)), overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot write to '{folder}': {Reason.Of(exception)}", exception);
        }
    }

    /// <summary>The names of an export's files but its manifest; none where there is no export.</summary>
    private static string[] FilesOf(string folder)
    {
        try
        {
            return [.. ExportManifest.Load(folder).Files.Select(file => Path.GetFileName(file.Name))];
        }
        catch (AutoDimException)
        {
            return []; // nothing there, or nothing of ours
        }
    }
}

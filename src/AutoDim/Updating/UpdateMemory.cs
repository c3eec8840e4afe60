using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Updating;

/// <summary>What an update takes, from the model's manifest and a sample of the new rows: to choose values, or to learn, whichever is more.</summary>
internal static class UpdateMemory
{
    /// <summary>Of a value, old or new, while it is chosen which have rows; measured.</summary>
    private const double ChosenBytes = 900;

    /// <summary>Of a cell: read, joined, divided, and as a row of the old and of the new vocabulary.</summary>
    private const double CellBytes = 40;

    /// <summary>Weights and Adam's two moments.</summary>
    private const int NumbersOfAWeight = 3;

    /// <summary>Code, readers, activations of the dense part; measured.</summary>
    private const long Overhead = 30_000_000;

    /// <summary>Resident bytes of the process at their peak.</summary>
    /// <param name="folder">Of the model.</param>
    /// <param name="files">The new rows.</param>
    /// <exception cref="AutoDimException">There is no model, or the rows cannot be read.</exception>
    public static long Estimate(string folder, IReadOnlyList<string> files)
    {
        var manifest = ModelManifest.Load(folder);
        if (manifest is not { Vocabulary: { } vocabulary, Schema: { } schemaFile }) return 0; // is refused for that
        var before = MemoryUse.Peak;
        var encoders = VocabularyFile.Load(Path.Combine(folder, vocabulary.Name));
        var schema = RawRows.SchemaOf(Path.Combine(folder, schemaFile.Name), manifest.Fields, encoders);
        var sample = LogSample.Of(new PreparationInputs([.. files.Select(file => new InputSplit(file, 0))], schema, RawRows.IdsOf(encoders) is { Length: > 0 } ids ? ids : null));
        var values = encoders.Zip(sample.Distinct).Where(field => field.First is VocabularyEncoder).Sum(field => field.First.Rows + field.Second);
        var linear = ModelCatalog.Find(manifest.Model).LinearRow(manifest.Options);
        var numbers = manifest.Fields.Zip(manifest.Dims).Sum(field => field.First.Rows * (field.Second + PlanBytes.LinearDim(linear, field.Second)));
        var weights = ExportMemory.SizeOf(folder, manifest.Weights);
        var learning = weights + (NumbersOfAWeight * sizeof(float) * (double)numbers);
        return before + Overhead + weights + (long)((sample.Rows * manifest.Fields.Count * CellBytes) + Math.Max(values * ChosenBytes, learning));
    }
}

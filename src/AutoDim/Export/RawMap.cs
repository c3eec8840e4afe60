using AutoDim.Data;
using AutoDim.Data.Preparation;

namespace AutoDim.Export;

/// <summary>What leads from raw rows to a model's: files to take over.</summary>
/// <param name="Encoders">Instead of the vocabulary's file, where a plan leaves fewer rows than the data has; null: the file as it is.</param>
internal sealed record RawMap(string VocabularyPath, string SchemaPath, IReadOnlyList<FieldEncoder>? Encoders = null)
{
    /// <summary>Of prepared data, and what a plan leaves of its rows; null for data in memory.</summary>
    public static RawMap? Of(ClickData data, RowFolding? folding = null)
    {
        if (data.Folder is not { } folder) return null;
        var manifest = DataManifest.Load(folder);
        return new RawMap(manifest.PathOf(folder, manifest.Vocabulary), manifest.PathOf(folder, manifest.Schema), folding is { IsAny: true } ? folding.Encoders : null);
    }

    /// <summary>Of a saved model; null where it has none.</summary>
    public static RawMap? Of(TrainedModel model)
        => model.Manifest is { Vocabulary: { } vocabulary, Schema: { } schema } ? new RawMap(Path.Combine(model.Folder, vocabulary.Name), Path.Combine(model.Folder, schema.Name)) : null;
}

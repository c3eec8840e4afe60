using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Export;

/// <summary>How large a saved model is, from its files alone: where the estimates of all commands on saved models begin.</summary>
internal sealed class ModelSize
{
    /// <summary>Of a vocabulary in memory, beside its file; measured.</summary>
    private const int VocabularyCopies = 2;

    private readonly string folder;

    /// <param name="folder">Of the model.</param>
    /// <exception cref="AutoDimException">It holds no model.</exception>
    public ModelSize(string folder)
    {
        (this.folder, Manifest) = (folder, ModelManifest.Load(folder));
        var linear = ModelCatalog.Find(Manifest.Model).LinearRow(Manifest.Options);
        TableNumbers = [.. Manifest.Fields.Zip(Manifest.Dims, (field, dim) => field.Rows * (dim + PlanBytes.LinearDim(linear, dim)))];
    }

    public ModelManifest Manifest { get; }

    /// <summary>Resident bytes of the process before anything of the model is read.</summary>
    public long Process { get; } = MemoryUse.Peak;

    /// <summary>Bytes of its weights as they are stored.</summary>
    public long Weights => SizeOf(Manifest.Weights);

    /// <summary>Bytes of what leads from raw values to rows, once read.</summary>
    public long Vocabulary => VocabularyCopies * SizeOf(Manifest.Vocabulary);

    /// <summary>Bytes of how often each row occurred; 0 where that is not known.</summary>
    public long Frequencies => SizeOf(Manifest.Frequencies);

    /// <summary>Numbers in each field's tables, whatever they are stored as.</summary>
    public IReadOnlyList<long> TableNumbers { get; }

    /// <summary>What raw rows of the model's schema let expect, and what encodes them; null where the model has no vocabulary, for which it is refused.</summary>
    /// <param name="files">The rows.</param>
    /// <param name="needsLabel">Whether the files must have labels.</param>
    /// <exception cref="AutoDimException">The rows cannot be read.</exception>
    public (LogSample Log, IReadOnlyList<FieldEncoder> Encoders)? Sample(IReadOnlyList<string> files, bool needsLabel)
    {
        if (Manifest is not { Vocabulary: { } vocabulary, Schema: { } schemaFile }) return null;
        var encoders = VocabularyFile.Load(Path.Combine(folder, vocabulary.Name));
        var schema = RawRows.SchemaOf(Path.Combine(folder, schemaFile.Name), Manifest.Fields, encoders);
        var inputs = new PreparationInputs([.. files.Select(file => new InputSplit(file, 0))], schema, RawRows.IdsOf(encoders) is { Length: > 0 } ids ? ids : null) { NeedsLabel = needsLabel };
        return (LogSample.Of(inputs), encoders);
    }

    private long SizeOf(ModelFile? file) => file != null && new FileInfo(Path.Combine(folder, file.Name)) is { Exists: true } info ? info.Length : 0;
}

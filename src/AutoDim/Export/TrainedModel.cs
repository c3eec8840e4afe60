using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>A model in a folder: weights, the map from raw value to row, and a manifest; to save, load and score with.</summary>
internal sealed class TrainedModel : IDisposable
{
    /// <summary>Most bytes that a model takes to be made for each byte of its weights' file: weights, their gradients, what is made ready of them.</summary>
    private const int MemoryOfWeights = 8;
    private const long MemoryBesideWeights = 16 << 20;

    private readonly MappedTensors? mapping;

    private TrainedModel(ModelManifest manifest, string folder, CtrModel model, MappedTensors? mapping = null)
    {
        this.mapping = mapping;
        Manifest = manifest;
        Folder = folder;
        Model = model;
    }

    public ModelManifest Manifest { get; }

    public string Folder { get; }

    public CtrModel Model { get; }

    /// <summary>Whether a folder is the one that it was read from.</summary>
    public bool IsIn(string folder) => Path.GetFullPath(folder) == Path.GetFullPath(Folder);

    /// <summary>
    /// Saves a model. Files are named by their content and the manifest is replaced last, so that a folder read at any moment,
    /// or after a crash, holds the former model or this one.
    /// </summary>
    /// <param name="frequencies">How often each row occurred; null: not known.</param>
    public static void Save(string folder, CtrModel model, ModelManifest manifest, RawMap? raw, RowFrequencies? frequencies = null)
    {
        _ = new RunFolder(folder);
        var weights = Keep(folder, "weights", ".safetensors", path => TensorFile.Write(path, LearnerState.Weights(model), new Dictionary<string, string> { ["model"] = manifest.Model }));
        ModelFile? vocabulary = null, schema = null;
        if (raw != null)
        {
            vocabulary = Keep(folder, "vocabulary", ".bin", path =>
            {
                if (raw.Encoders != null) VocabularyFile.Save(path, raw.Encoders);
                else Copy(raw.VocabularyPath, path);
            });
            schema = Keep(folder, "schema", ".yaml", path => Copy(raw.SchemaPath, path));
        }

        var counts = frequencies == null ? null : Keep(folder, "frequencies", ".bin", frequencies.Save);
        var whole = manifest with { Weights = weights, Vocabulary = vocabulary, Schema = schema, Frequencies = counts };
        whole.Save(folder);
        RemoveFormer(folder, whole);
    }

    /// <summary>Removes files of former versions that a process left which was killed once its own manifest was in place.</summary>
    public void RemoveFormer() => RemoveFormer(Folder, Manifest);

    private static void RemoveFormer(string folder, ModelManifest manifest)
    {
        foreach (var (name, kept) in ((string, ModelFile?)[])[("weights", manifest.Weights), ("vocabulary", manifest.Vocabulary), ("schema", manifest.Schema), ("frequencies", manifest.Frequencies)])
        {
            AtomicFile.Once(() =>
            {
                foreach (var former in Directory.GetFiles(folder, $"{name}-*").Where(file => Path.GetFileName(file) != kept?.Name)) File.Delete(former);
            });
        }
    }

    /// <summary>The folder that holds a model: this one, or model/ within a run's.</summary>
    public static string Find(string path)
    {
        var within = Path.Combine(path, "model");
        return !File.Exists(Path.Combine(path, ModelManifest.Name)) && File.Exists(Path.Combine(within, ModelManifest.Name)) ? within : path;
    }

    /// <summary>Loads and checks a model.</summary>
    /// <exception cref="AutoDimException">A file is missing, damaged or does not belong to the manifest.</exception>
    public static TrainedModel Load(string folder, WorkerPool pool)
    {
        var manifest = ModelManifest.Load(folder);
        Verify(folder, manifest);
        var weights = Path.Combine(folder, manifest.Weights.Name);
        var model = Create(manifest, pool, weights);
        try
        {
            TensorFile.Read(weights, LearnerState.Weights(model));
            return new TrainedModel(manifest, folder, model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A model as a manifest describes it, its rows packed, before its weights are read.</summary>
    /// <param name="weights">The file of its weights, which tells how much memory it can take: a manifest's sizes are not trusted.</param>
    /// <param name="rows">Where tables' rows already are; null: in memory of their own.</param>
    /// <exception cref="AutoDimException">The manifest's model cannot be made, or would be larger than its file.</exception>
    public static CtrModel Create(ModelManifest manifest, WorkerPool pool, string weights, ITableRows? rows = null)
    {
        var bytes = new FileInfo(weights) is { Exists: true } file ? file.Length : throw new AutoDimException($"'{weights}' is missing; export the model again");
        using var limit = new MemoryLimit(MemoryBesideWeights + (MemoryOfWeights * bytes), $"'{weights}' has {bytes:N0} bytes, too few for the sizes in its manifest; restore the model or export it again");
        try
        {
            return ModelCatalog.Find(manifest.Model).Create(ModelContext.Planned(manifest.Fields, manifest.Plan, manifest.Options, 0, pool, packed: true, rows));
        }
        catch (AutoDimException exception) when (!exception.Message.Contains(weights, StringComparison.Ordinal))
        {
            throw new AutoDimException($"the model of '{weights}' cannot be made: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Opens a model to score with, its tables mapped: in a time that does not grow with them, and in memory that processes share. What can be
    /// checked without reading the tables is checked; the rest is for <see cref="Verify(string, ModelManifest)"/>, at any time.
    /// </summary>
    /// <exception cref="AutoDimException">A file is missing or does not belong to the manifest.</exception>
    public static TrainedModel Map(string folder, ModelManifest manifest, WorkerPool pool)
    {
        var weights = Path.Combine(folder, manifest.Weights.Name);
        var mapping = TensorFile.Map(weights);
        CtrModel? model = null;
        try
        {
            model = Create(manifest, pool, weights, mapping);
            mapping.CopyTo(LearnerState.Weights(model));
            return new TrainedModel(manifest, folder, model, mapping);
        }
        catch
        {
            model?.Dispose();
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>Compares every file with its checksum, which reads all of them.</summary>
    /// <exception cref="AutoDimException">A file is missing or damaged.</exception>
    public static void Verify(string folder, ModelManifest manifest)
    {
        foreach (var file in manifest.Files) Verify(folder, file);
    }

    /// <summary>Copies a model, its manifest last.</summary>
    /// <exception cref="AutoDimException">The folder cannot be made.</exception>
    public static void CopyTo(string folder, ModelManifest manifest, string target)
    {
        _ = new RunFolder(target);
        foreach (var file in (IEnumerable<string>)[.. manifest.Files.Select(file => file.Name), ModelManifest.Name]) Copy(Path.Combine(folder, file), Path.Combine(target, file));
    }

    /// <summary>How the model reads prepared data: its own, or data of the same fields, rows and training counts.</summary>
    /// <exception cref="AutoDimException">The data has other fields or rows.</exception>
    public RowFolding FoldingOf(ClickData data)
    {
        var folding = new RowFolding(data, data.Fields.Count == Manifest.Fields.Count ? Manifest.MinCounts : []);
        var fits = folding.Fields.Select(field => (field.Name, field.Rows)).SequenceEqual(Manifest.Fields.Select(field => (field.Name, field.Rows)))
            && Manifest.Fields.Zip(folding.Fields).All(pair => pair.First.Sequences == null || pair.First.Sequences.SequenceEqual(pair.Second.Sequences ?? []));
        if (!fits)
        {
            throw new AutoDimException($"the data '{data.Name}' does not have the fields and rows that the model '{Folder}' was trained on; prepare it with the model's schema, or predict from the raw file");
        }

        return folding;
    }

    /// <summary>Log-odds of every sample of a split of such data, in its order.</summary>
    /// <exception cref="AutoDimException">The data has other fields or rows.</exception>
    public float[] Score(ClickData data, DataSplit split)
    {
        using var scorer = new Scorer(Model, Scorer.BatchSize);
        return scorer.Score(FoldingOf(data).Apply(split));
    }

    /// <summary>How often each row occurred when the model was made; null where its folder does not tell.</summary>
    public RowFrequencies? Frequencies() => Manifest.Frequencies is { } file ? RowFrequencies.Load(Path.Combine(Folder, file.Name), Manifest.Fields) : null;

    /// <summary>What leads from raw values to rows, field by field.</summary>
    /// <exception cref="AutoDimException">The model was saved without.</exception>
    public IReadOnlyList<FieldEncoder> Encoders() => Manifest is { Vocabulary: { } vocabulary, Schema: not null } ? VocabularyFile.Load(Path.Combine(Folder, vocabulary.Name))
        : throw new AutoDimException($"the model '{Folder}' has no vocabulary; predict from prepared data");

    /// <summary>The rows of raw files, one file after the other, as values that are not encoded yet.</summary>
    /// <param name="needsLabel">Whether the files must have labels.</param>
    /// <exception cref="AutoDimException">A row cannot be read, or there is none.</exception>
    public RawCells ReadCells(IReadOnlyList<string> paths, bool needsLabel, BadRows bad)
    {
        var (encoders, schema) = (Encoders(), Path.Combine(Folder, Manifest.Schema!.Name));
        RawCells[] parts = [.. paths.SelectMany(path => RawRows.ReadCells(path, schema, Manifest.Fields, encoders, needsLabel, bad))];
        return parts.Length > 0 ? RawCells.Join(parts) : throw new AutoDimException($"'{string.Join("', '", paths)}' holds no rows");
    }

    /// <summary>Log-odds for the rows of a raw file, encoded as the training data was; labels where the file has them.</summary>
    /// <param name="needsLabel">Whether a file without labels is an error.</param>
    public IEnumerable<(float[] Logits, float[] Labels)> ScoreFile(string path, BadRows bad, int batchSize, bool needsLabel = false)
    {
        var encoders = Encoders();
        using var scorer = new Scorer(Model, batchSize);
        foreach (var split in RawRows.Read(path, Path.Combine(Folder, Manifest.Schema!.Name), Manifest.Fields, encoders, bad, needsLabel))
        {
            var labels = new float[split.RowCount];
            split.ReadLabels(labels);
            yield return (scorer.Score(split), labels);
        }
    }

    public void Dispose()
    {
        Model.Dispose();
        mapping?.Dispose();
    }

    /// <exception cref="AutoDimException">The file is missing, or not what its checksum says.</exception>
    public static void Verify(string folder, ModelFile? file)
    {
        if (file == null) return;
        var path = Path.Combine(folder, file.Name);
        if (!File.Exists(path)) throw new AutoDimException($"'{path}' is missing; export the model again");
        if (DataManifest.Checksum(path) != file.Checksum) throw new AutoDimException($"'{path}' is damaged: its checksum is not the one in the manifest; restore it or export the model again");
    }

    public static void Copy(string source, string target) => AtomicFile.Write(target, stream =>
    {
        using var original = File.OpenRead(source);
        original.CopyTo(stream);
    });

    private static ModelFile Keep(string folder, string name, string ending, Action<string> write)
    {
        var temporary = AtomicFile.Temporary(Path.Combine(folder, name));
        write(temporary);
        var file = new ModelFile("", ""); // of no interest but where the manifest is written
        AtomicFile.Once(() =>
        {
            var checksum = DataManifest.Checksum(temporary);
            file = new ModelFile($"{name}-{checksum}{ending}", checksum);
            File.Move(temporary, Path.Combine(folder, file.Name), overwrite: true);
        });
        return file;
    }
}

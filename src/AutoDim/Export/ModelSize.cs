using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>How large a saved model is, from its files alone: where the estimates of all commands on saved models begin.</summary>
internal sealed class ModelSize
{
    /// <summary>Of a vocabulary in memory, beside its file; measured.</summary>
    private const int VocabularyCopies = 2;

    /// <summary>Of tables that are made to try out what the rest of the model takes; no field has more dimensions than rows.</summary>
    private const long FewRows = EmbeddingPlan.MostDim;

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

    /// <summary>Resident bytes that scoring takes beside the tables, code included, found by scoring made-up samples.</summary>
    public long ScoringBytes(WorkerPool pool) => Measured(pool, Scorer.BatchSize, (model, split) =>
    {
        var scorer = new Scorer(model, Scorer.BatchSize);
        scorer.Score(split);
        return scorer;
    });

    /// <summary>Resident bytes that training takes beside the tables and their optimiser's state, found by a step on made-up samples.</summary>
    public long LearningBytes(WorkerPool pool, TrainingOptions training) => Measured(pool, training.BatchSize, (model, split) =>
    {
        var learner = new Learner(model, training);
        new BatchSampler(split, training.BatchSize, training.Seed).TryNext(learner.Input.Batch);
        learner.Step();
        return learner;
    });

    private long Measured(WorkerPool pool, int samples, Func<CtrModel, MemorySplit, IDisposable> work)
    {
        var before = Environment.WorkingSet;
        MemoryUse.Reset();
        var few = MadeUpSplit.Cut(Manifest.Fields, FewRows);
        var plan = EmbeddingPlan.Of(few, Manifest.Dims) with { Projection = Manifest.Projection };
        using var model = ModelCatalog.Find(Manifest.Model).Create(ModelContext.Planned(few, plan, Manifest.Options, 0, pool));
        using var split = MadeUpSplit.Of(few, samples, column => draw => draw % column.Rows);
        using var worker = work(model, split);
        return Math.Max(0, MemoryUse.Peak - before);
    }

    private long SizeOf(ModelFile? file) => file != null && new FileInfo(Path.Combine(folder, file.Name)) is { Exists: true } info ? info.Length : 0;
}

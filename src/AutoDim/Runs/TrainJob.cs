using System.Text.Json;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs.Scaling;
using AutoDim.Runs.TensorBoard;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Trains one model over some seeds, saves the best on validation, and reads the test split only where asked to.</summary>
internal sealed class TrainJob
{
    private readonly ClickData data;
    private readonly TrainJobOptions options;
    private readonly RunFolder folder;
    private readonly ModelCatalog.Entry entry;
    private readonly TrainingOptions training;
    private readonly WorkerPool pool;
    private readonly RunObserver observer;

    public TrainJob(ClickData data, TrainJobOptions options, RunFolder folder, WorkerPool pool, RunObserver observer)
    {
        this.data = data;
        this.options = options;
        this.folder = folder;
        this.pool = pool;
        entry = ModelCatalog.Find(options.Model);
        training = options.Training.For(data);
        this.observer = new MetricsLog(folder, observer, options.Tensorboard ? new TensorBoardFolder(folder, data.Fields, null, training.LearningRate) : null);
    }

    /// <summary>What a training will need.</summary>
    /// <param name="manifest">The data's.</param>
    public static StageEstimate Estimate(DataManifest manifest, ClickData data, TrainJobOptions options, WorkerPool pool)
    {
        var estimate = RunEstimate.Of(manifest, new RunOptions { Model = options.Model, Training = options.Training, ModelOptions = options.ModelOptions, TuneL2 = options.TuneL2 ?? [options.Training.Tables.L2], Seeds = options.Seeds }, pool).Training(PlanOf(data, options));
        return options.IsTaught ? estimate with { PeakBytes = estimate.PeakBytes + (data.Train.RowCount * RunEstimate.TaughtBytes) } : estimate;
    }

    public TrainJobResult Execute(CancellationToken cancellation)
    {
        var plan = PlanOf(data, options);
        using var start = options.StartFrom == null ? null : TrainedModel.Load(TrainedModel.Find(options.StartFrom), pool);
        start?.FoldingOf(data);
        var logits = options.IsTaught ? Teacher.Score(options.Teacher!, data, pool) : null;
        RunRecord.Keep(folder, "train", data, options); // not before what it names could be read: a folder whose first try was a slip is still free
        var selection = start == null ? null : StartingSelection(start);
        Action<CtrModel>? initialise = start == null || selection != null ? null : model => StartingWeights.Copy(start.Model, model);
        if (plan.IsAsTrained) TablePlanner.Choose(pool, data, entry, options.ModelOptions, training, [.. plan.Fields.Select(field => field.Dim)], observer); // packing and pruning need tables whole
        var trainer = new VariantTrainer(data, entry, selection == null ? options.ModelOptions : options.ModelOptions with { Pairs = Some(selection.Kept), Triples = Some(selection.Triples) }, training, folder, pool, observer) { Teacher = logits == null ? null : new Teacher(options.Distillation, (_, _) => logits) };
        if (options.Plan != null) trainer.Masks.Take(plan, options.Plan);
        var trained = trainer.TrainSeeds("model", plan, options.TuneL2 ?? [training.Tables.L2], options.Seeds, initialise, cancellation);
        PlanFile.Of(plan, options.Plan == null ? "uniform" : $"from {options.Plan}", data.Fingerprint, entry.ReadsFirstOrder(options.ModelOptions)).Save(folder.File("plan.json"));
        var best = trained.MaxBy(variant => variant.ValidAuc)!;
        trainer.Export(best, folder.File("model"));
        var result = new TrainJobResult
        {
            Data = data.Name,
            Fingerprint = data.Fingerprint,
            Pairs = SelectionOf(trainer, best),
            Valid = Evaluate(trainer, trained, data.Valid),
            Test = options.Test ? Evaluate(trainer, trained, data.Test) : null,
        };
        AtomicFile.WriteText(folder.File("result.json"), JsonSerializer.Serialize(result, RunJson.Default.TrainJobResult));
        return result;
    }

    private static EmbeddingPlan PlanOf(ClickData data, TrainJobOptions options)
    {
        if (options.Plan == null)
        {
            var form = options.Form == null ? null : RowForm.Parse(options.Form);
            return new([.. data.Fields.Select(field => new PlanField(field.Name, field.Rows, options.Dim, options.Storage) { Form = form })]);
        }

        return options is { Form: null, Storage: RowStorage.Float32 } ? PlanFile.Load(options.Plan, data)
            : throw new AutoDimException("a plan says for each field how its rows are made and stored; leave out --form and --storage, or --plan");
    }

    /// <summary>What a search stage of the same model kept, for its re-train stage; null where the start is weights or the options name interactions.</summary>
    private PairSelection? StartingSelection(TrainedModel start)
    {
        if (start.Manifest.Model != entry.Name || start.Model.Selection is not { } selection || options.ModelOptions is not { Pairs: null, Triples: null }) return null;
        observer.Note($"'{options.StartFrom}' {selection}");
        return selection.IsEmpty ? throw new AutoDimException($"'{options.StartFrom}' kept none of its {selection.Of} pairs{(selection.OfTriples > 0 ? $" and {selection.OfTriples} triples" : "")}; search with a smaller --grda-c") : selection;
    }

    private static IReadOnlyList<string>? Some(IReadOnlyList<string> names) => names.Count > 0 ? names : null;

    private PairSelection? SelectionOf(VariantTrainer trainer, TrainedVariant variant)
    {
        using var model = trainer.Load(variant);
        if (model.Selection is { } selection) observer.Note($"{entry.Name}: {selection}");
        return model.Selection;
    }

    private VariantResult Evaluate(VariantTrainer trainer, TrainedVariant[] trained, DataSplit split) => trainer.Test(entry.Name, null, trained, split, Labels.Of(split)).ToResult();
}

/// <summary>result.json of a training.</summary>
public sealed record TrainJobResult
{
    public int FormatVersion { get; init; } = 1;

    public string Data { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    /// <summary>The pairs of fields, and triples, that interact, of a model that selects them; null otherwise.</summary>
    public PairSelection? Pairs { get; init; }

    /// <summary>On the validation split.</summary>
    public VariantResult Valid { get; init; } = new();

    /// <summary>On the test split; null where it was not read.</summary>
    public VariantResult? Test { get; init; }
}

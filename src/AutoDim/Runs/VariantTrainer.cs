using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Trains models by plans, each once: what a run folder already holds is not trained again. Trainings that do not need each other run side by side, as many as the pool has lanes.</summary>
internal sealed class VariantTrainer(ClickData data, ModelCatalog.Entry entry, ModelOptions modelOptions, TrainingOptions training, RunFolder folder, WorkerPool pool, RunObserver observer)
{
    private readonly ConcurrentDictionary<string, Lazy<RowFolding>> foldings = [];
    private readonly ConcurrentDictionary<string, Lock> stages = [];

    /// <summary>What names of stages begin with, where several trainers share a folder; default nothing.</summary>
    public string Prefix { get; init; } = "";

    public ModelOptions ModelOptions => modelOptions;

    /// <summary>Of the plans that are trained.</summary>
    public PlanMasks Masks { get; } = new(folder);

    /// <summary>Who teaches the models that are trained from now on; null: nobody, they learn labels alone.</summary>
    public Teacher? Teacher { get; set; }

    /// <summary>Trains with each L2 and keeps the best on validation.</summary>
    /// <param name="initialise">Changes the fresh model, as when inheriting; null for none.</param>
    public TrainedVariant Tune(string name, EmbeddingPlan plan, IReadOnlyList<double> l2, ulong seed, Action<CtrModel>? initialise, CancellationToken cancellation)
    {
        var best = pool.Jobs.Select(l2, value => Train(name, plan, value, seed, initialise, cancellation)).MaxBy(variant => variant.ValidAuc)!;
        if (l2.Count > 1) observer.Note($"{name}: best validation AUC {best.ValidAuc:F5} with table L2 {best.TableL2:G3} (tried {string.Join(", ", l2.Select(value => value.ToString("G3")))})");
        return best;
    }

    /// <summary>Tunes with the first seed, then trains the following seeds with what was best; with one L2 there is nothing to tune.</summary>
    public TrainedVariant[] TrainSeeds(string name, EmbeddingPlan plan, IReadOnlyList<double> l2, int seeds, Action<CtrModel>? initialise, CancellationToken cancellation)
    {
        TrainedVariant[] Seeds(int first, double chosen) => pool.Jobs.Select([.. Enumerable.Range(first, seeds - first)], s => Train(name, plan, chosen, training.Seed + (ulong)s, initialise, cancellation));
        if (l2.Count == 1) return Seeds(0, l2[0]);
        var tuned = Tune(name, plan, l2, training.Seed, initialise, cancellation);
        return [tuned, .. Seeds(1, tuned.TableL2)];
    }

    /// <summary>Trains one model, or finds it trained. Where the plan packs rows, that is done once it is trained, and the validation AUC is the packed model's.</summary>
    public TrainedVariant Train(string name, EmbeddingPlan plan, double l2, ulong seed, Action<CtrModel>? initialise, CancellationToken cancellation)
    {
        var trained = TrainNumbers(name, plan, l2, seed, initialise, cancellation);
        return plan.IsAsTrained ? trained : pool.Jobs.On(lane => Pack(trained, plan, lane));
    }

    /// <summary>Rows that are rounded while they train go on from the same plan trained without that: few bits find a good place more easily than they get there.</summary>
    private TrainedVariant TrainNumbers(string name, EmbeddingPlan plan, double l2, ulong seed, Action<CtrModel>? initialise, CancellationToken cancellation)
    {
        var stage = FormattableString.Invariant($"{Prefix}{name}-l2-{l2:G6}-seed{seed}{Teacher?.Suffix}");
        using var alone = Alone(stage);
        var record = folder.File(Path.Combine("stages", $"{stage}.json"));
        if (StageRecord.Find(record, RunJson.Default.TrainedVariant) is { } found)
        {
            folder.Checkpoint(stage).Delete(); // of a process that was killed between the two last lines here
            return found;
        }

        if (plan.Unrounded is { } unrounded)
        {
            var start = TrainNumbers(MethodPlans.NameOf(unrounded), unrounded, l2, seed, initialise, cancellation);
            initialise = model => folder.Checkpoint($"{start.Stage}-best").Read(LearnerState.Weights(model));
        }

        var trained = pool.Jobs.On(lane => Fit(name, stage, plan, l2, seed, initialise, lane, cancellation));
        JsonFile.Save(record, trained, RunJson.Default.TrainedVariant);
        folder.Checkpoint(stage).Delete();
        return trained;
    }

    /// <summary>Loads the best weights of a trained variant and scores a split.</summary>
    /// <param name="lane">What it computes on; null: the whole pool.</param>
    public float[] Score(TrainedVariant variant, DataSplit split, WorkerPool? lane = null)
    {
        using var model = Load(variant, lane);
        return Score(model, FoldingOf(variant.MinCounts), split);
    }

    /// <summary>Every seed's scores and metrics on a split.</summary>
    /// <param name="uniformDim">The one dimension of a uniform model; null otherwise.</param>
    /// <param name="labels">Of the split.</param>
    public TestedVariant Test(string name, int? uniformDim, IReadOnlyList<TrainedVariant> trained, DataSplit split, float[] labels)
    {
        var (first, seconds) = TimedScore(trained[0], split);
        float[][] logits = [first, .. trained.Skip(1).Select(variant => Score(variant, split))];
        return new TestedVariant(name, uniformDim, trained, logits, [.. logits.Select(scores => Metrics.Compute(scores, labels))], seconds);
    }

    /// <summary>The trained model; the caller disposes it.</summary>
    /// <param name="lane">What it computes on; null: the whole pool.</param>
    public CtrModel Load(TrainedVariant variant, WorkerPool? lane = null)
    {
        var model = NewModel(PlanOf(variant), variant.Seed, !variant.IsAsTrained, lane);
        folder.Checkpoint($"{variant.Stage}-best").Read(LearnerState.Weights(model));
        return model;
    }

    /// <summary>The same with its rows as numbers, whatever they are packed as, but for those of codes; the caller disposes it.</summary>
    public CtrModel LoadNumbers(TrainedVariant variant)
    {
        using var model = Load(variant);
        var numbers = NewModel(PlanOf(variant).AsNumbers, variant.Seed, !variant.IsAsTrained);
        Packing.Unpack(model, numbers);
        return numbers;
    }

    /// <summary>The data's rows as plans with these minimal counts leave them; made once.</summary>
    public RowFolding FoldingOf(IReadOnlyList<long> minCounts)
    {
        var name = string.Join(' ', minCounts);
        return foldings.GetOrAdd(name, _ => new Lazy<RowFolding>(() => new RowFolding(data, minCounts))).Value;
    }

    /// <summary>Saves a trained variant as a model folder.</summary>
    public void Export(TrainedVariant variant, string target)
    {
        using var model = Load(variant);
        var folding = FoldingOf(variant.MinCounts);
        var valid = ValidationRecord.Of(Score(model, folding, data.Valid), Labels.Of(data.Valid));
        TrainedModel.Save(target, model, new ModelManifest
        {
            Model = entry.Name,
            Options = modelOptions,
            Fields = model.Fields,
            Dims = variant.Dims,
            Storages = variant.Storages,
            MinCounts = variant.MinCounts,
            Forms = variant.Forms,
            Projection = variant.Projection,
            Data = data.Fingerprint,
            Training = new TrainingRecord { Seed = variant.Seed, TableL2 = variant.TableL2, Distillation = variant.Distillation, ValidAuc = variant.ValidAuc, Valid = valid, BestEpoch = variant.BestEpoch, Steps = variant.Steps },
        }, RawMap.Of(data, folding), RowFrequencies.Of(data, folding));
    }

    /// <summary>Lets one thread at a time work at a stage: two plans may share a training, for which the second waits.</summary>
    private Lock.Scope Alone(string stage) => stages.GetOrAdd(stage, _ => new Lock()).EnterScope();

    private EmbeddingPlan PlanOf(TrainedVariant variant)
        => EmbeddingPlan.Of(FoldingOf(variant.MinCounts).Fields, variant.Dims, variant.Storages, variant.MinCounts, variant.Forms) with { Projection = variant.Projection };

    private CtrModel NewModel(EmbeddingPlan plan, ulong seed, bool packed, WorkerPool? lane = null)
    {
        var folding = FoldingOf(plan.MinCounts);
        return entry.Create(ModelContext.Planned(folding.Fields, plan, modelOptions, seed, lane ?? pool, packed, counts: field => folding.CountsOf(data, field)));
    }

    /// <summary>Packs a trained model's rows and codes, or finds it done.</summary>
    private TrainedVariant Pack(TrainedVariant trained, EmbeddingPlan plan, WorkerPool lane)
    {
        var stage = $"{trained.Stage}-{StorageName(plan)}";
        using var alone = Alone(stage);
        var record = folder.File(Path.Combine("stages", $"{stage}.json"));
        if (StageRecord.Find(record, RunJson.Default.TrainedVariant) is { } found) return found;
        using var numbers = Load(trained, lane);
        Masks.Apply(numbers, plan);
        using var packed = NewModel(plan, trained.Seed, packed: true, lane);
        Packing.Pack(numbers, packed);
        var valid = Metrics.Compute(Score(packed, FoldingOf(plan.MinCounts), data.Valid), Labels.OfBothClasses(data.Valid));
        folder.Checkpoint($"{stage}-best").Write(LearnerState.Weights(packed), new Dictionary<string, string>());
        var variant = Counted(trained with { Stage = stage, TrainingStage = trained.Stage, IsPacked = true, Storages = plan.Storages, Forms = plan.Forms, ValidAuc = valid.Auc, ValidLogloss = valid.LogLoss }, packed);
        JsonFile.Save(record, variant, RunJson.Default.TrainedVariant);
        return variant;
    }

    private float[] Score(CtrModel model, RowFolding folding, DataSplit split)
    {
        using var scorer = new Scorer(model, training.EvaluationBatchSize);
        return scorer.Score(folding.Apply(split));
    }

    /// <summary>Scores a split, and tells in how many seconds; validation is scored before, so that nothing is done for the first time.</summary>
    private (float[] Logits, double Seconds) TimedScore(TrainedVariant variant, DataSplit split)
    {
        using var model = Load(variant);
        using var scorer = new Scorer(model, training.EvaluationBatchSize);
        var folding = FoldingOf(variant.MinCounts);
        scorer.Score(folding.Apply(data.Valid));
        var clock = Stopwatch.StartNew();
        return (scorer.Score(folding.Apply(split)), clock.Elapsed.TotalSeconds);
    }

    private static string StorageName(EmbeddingPlan plan)
    {
        var names = plan.Fields.Select(item => SettingText.Write(item.Storage)).ToArray();
        return names.Distinct().Count() == 1 ? names[0] : $"mixed-{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(string.Join(' ', names))):x16}";
    }

    /// <summary>The record with its model's numbers and bytes.</summary>
    private TrainedVariant Counted(TrainedVariant variant, CtrModel model)
    {
        long Bytes(IEnumerable<Parameter> parameters) => parameters.Sum(parameter => parameter.Length) * sizeof(float);
        var maps = Bytes(model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)));
        var tables = model.Set.Bytes + Bytes(model.Parameters.Where(parameter => parameter.Name.EndsWith(CodedForm.CentroidsName, StringComparison.Ordinal)));
        var vocabulary = FoldingOf(variant.MinCounts).Fields.Sum(field => field.VocabularyBytes);
        return variant with
        {
            Parameters = model.Set.Parameters + model.Parameters.Sum(parameter => parameter.Length),
            EmbeddingParameters = model.Set.Parameters,
            EmbeddingBytes = tables,
            DeployedEmbeddingBytes = tables + maps + vocabulary,
            TotalBytes = model.Set.Bytes + Bytes(model.Parameters.Concat(model.Statistics)) + vocabulary,
        };
    }

    private TrainedVariant Fit(string name, string stage, EmbeddingPlan plan, double l2, ulong seed, Action<CtrModel>? initialise, WorkerPool lane, CancellationToken cancellation)
    {
        observer.Stage(stage, $"{name}: table L2 {l2:G3}, seed {seed}, {ByteSize.Show(PlanBytes.Of(plan, data.Fields, entry.LinearRow(modelOptions)).Tables)} of tables");
        using var model = NewModel(plan.Trained, seed, packed: false, lane);
        var folded = FoldingOf(plan.MinCounts).Apply(data);
        var samples = Teacher?.Teach(folded.Train, seed, lane) ?? folded.Train;
        initialise?.Invoke(model);
        Masks.Apply(model, plan);
        MemoryUse.Reset();
        var clock = Stopwatch.StartNew();
        using var learner = new Learner(model, training with { Seed = seed, Tables = training.Tables with { L2 = l2 } });
        var result = new Trainer(learner, samples, folded.Valid, folder, stage) { OnStep = observer.Step, OnEpoch = observer.Epoch, OnNote = observer.Note }.Fit(cancellation);
        var variant = new TrainedVariant
        {
            Stage = stage,
            Dims = [.. plan.Fields.Select(field => field.Dim)],
            MinCounts = plan.MinCounts,
            Forms = plan.Trained.Forms,
            Projection = plan.Projection,
            Seed = seed,
            TableL2 = l2,
            Distillation = Teacher?.Share ?? 0,
            ValidAuc = result.ValidAuc,
            ValidLogloss = Metrics.Compute(learner.Score(folded.Valid), Labels.OfBothClasses(data.Valid)).LogLoss,
            BestEpoch = result.BestEpoch,
            Steps = result.Steps,
            Seconds = clock.Elapsed.TotalSeconds,
            PeakRss = MemoryUse.Peak,
            PeakRssByRank = lane.Ranks.AreSeveral ? [.. lane.Ranks.Each(MemoryUse.Peak).Select(bytes => (long)bytes)] : [],
        };
        return Counted(variant, model);
    }
}

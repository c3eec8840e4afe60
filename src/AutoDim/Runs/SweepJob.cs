using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Settings of a training by random search with successive halving (Jamieson and Talwalkar, AISTATS 2016): every trial is trained for a few epochs, one
/// in a few goes on for longer, and the last is trained to its end. A trial goes on from its checkpoint, so that none is trained twice. The validation
/// split decides; the test split is not read.
/// </summary>
internal sealed class SweepJob
{
    private readonly ClickData data;
    private readonly SweepOptions options;
    private readonly RunFolder folder;
    private readonly WorkerPool pool;
    private readonly RunObserver observer;
    private readonly VariedSetting[] varied;
    private readonly PlanMasks masks;
    private readonly ConcurrentDictionary<string, Lazy<float[]>> taught = [];

    public SweepJob(ClickData data, SweepOptions options, RunFolder folder, WorkerPool pool, RunObserver observer)
    {
        (this.data, this.options, this.folder, this.pool) = (data, options, folder, pool);
        masks = new PlanMasks(folder);
        varied = VariedSetting.Parse(options.Vary);
        ModelCatalog.Find(options.Job.Model);
        if (options.Job is not { StartFrom: null, Form: null, Storage: RowStorage.Float32 } || varied.Any(setting => setting.Name is "start-from" or "form" or "storage")) throw new AutoDimException("trials of a sweep start afresh and have plain float32 rows; leave out --start-from, --form and --storage");
        this.observer = new MetricsLog(folder, observer);
    }

    /// <summary>What the largest trial that may be drawn will need, with others like it beside it: each varied setting has that end, or choice, which takes most.</summary>
    /// <param name="manifest">The data's.</param>
    public static StageEstimate Estimate(DataManifest manifest, ClickData data, SweepOptions options, WorkerPool pool)
    {
        Dictionary<VariedSetting, string> largest = [];
        StageEstimate Of(IEnumerable<KeyValuePair<VariedSetting, string>> values) => TrainJob.Estimate(manifest, data, Varied(options.Job, values), pool);
        foreach (var setting in VariedSetting.Parse(options.Vary)) largest[setting] = setting.Extremes.MaxBy(value => Of([.. largest, new(setting, value)]).BuffersBytes)!;
        return (Of(largest) with { Stage = "largest trial" }).Repeated(options.Trials, pool.JobsAtATime);
    }

    public SweepResult Execute(CancellationToken cancellation)
    {
        RunRecord.Keep(folder, "sweep", data, options);
        var random = new CounterRandom(options.Job.Training.Seed, 0x53EEB);
        SweepTrial[] alive = [.. Enumerable.Range(1, options.Trials).Select(number => new SweepTrial
        {
            Number = number,
            Settings = varied.ToDictionary(setting => setting.Name, setting => setting.Draw(random.Fork((ulong)number))),
        })];
        List<SweepTrial> dropped = [];
        var most = options.Job.Training.Epochs;
        for (var epochs = options.FirstEpochs; alive.Length > 1; epochs *= options.Reduction)
        {
            SweepTrial[] ranked = [.. pool.Jobs.Select(alive, trial => Train(trial, Math.Min(epochs, most), cancellation)).OrderByDescending(trial => trial.ValidAuc)];
            var kept = epochs >= most ? 1 : Math.Max(1, ranked.Length / options.Reduction);
            foreach (var loser in ranked[kept..]) Forget(loser);
            dropped.InsertRange(0, ranked[kept..]);
            alive = ranked[..kept];
            var left = alive.Select(trial => FormattableString.Invariant($"{trial.Flags} (valid AUC {trial.ValidAuc:F5})"));
            observer.Note($"{(kept > 1 ? $"{kept} trials go on" : "one trial is left")} after {Math.Min(epochs, most)} epochs: {string.Join("; ", left)}");
        }

        var best = Train(alive[0], most, cancellation);
        Forget(best);
        var result = new SweepResult { Data = data.Name, Fingerprint = data.Fingerprint, Model = options.Job.Model, Best = best, Dropped = dropped };
        AtomicFile.WriteText(folder.File("result.json"), JsonSerializer.Serialize(result, SweepJson.Default.SweepResult));
        return result;
    }

    /// <summary>Trains a trial on to so many epochs, or finds that done. One that diverges has no AUC and is dropped first.</summary>
    private SweepTrial Train(SweepTrial trial, int epochs, CancellationToken cancellation) => pool.Jobs.On(lane => Train(trial, epochs, lane, cancellation));

    private SweepTrial Train(SweepTrial trial, int epochs, WorkerPool lane, CancellationToken cancellation)
    {
        var record = folder.File(Path.Combine("stages", $"{trial.Stage}-{epochs}.json"));
        if (StageRecord.Find(record, SweepJson.Default.SweepTrial) is { } found) return found;
        observer.Stage(trial.Stage, $"{trial.Flags}, up to {epochs} epochs");
        var job = Varied(options.Job, varied.Select(setting => KeyValuePair.Create(setting, trial.Settings[setting.Name])));
        var training = (job.Training with { Epochs = epochs }).For(data);
        var plan = PlanOf(job);
        var folding = new RowFolding(data, plan.MinCounts);
        using var model = ModelCatalog.Find(job.Model).Create(ModelContext.Planned(folding.Fields, plan.Trained, job.ModelOptions, training.Seed, lane, counts: field => folding.CountsOf(data, field)));
        masks.Apply(model, plan);
        using var learner = new Learner(model, training);
        var folded = folding.Apply(data);
        var samples = job.Teacher == null ? folded.Train : new Teacher(job.Distillation, (_, _) => Predictions(job.Teacher, lane)).Teach(folded.Train, training.Seed, lane);
        var trained = trial with { ValidAuc = 0, Diverged = true };
        try
        {
            var result = new Trainer(learner, samples, folded.Valid, folder, trial.Stage) { OnStep = observer.Step, OnEpoch = observer.Epoch, OnNote = observer.Note }.Fit(cancellation);
            trained = trial with { ValidAuc = result.ValidAuc, BestEpoch = result.BestEpoch, Steps = result.Steps };
        }
        catch (DivergenceException exception)
        {
            observer.Note($"{trial.Flags}: {exception.Message}");
        }

        JsonFile.Save(record, trained, SweepJson.Default.SweepTrial);
        return trained;
    }

    /// <summary>The plan that trials train: where rows are to be rounded in training, it is the training before that.</summary>
    private EmbeddingPlan PlanOf(TrainJobOptions job)
    {
        if (job.Plan == null) return EmbeddingPlan.Uniform(data.Fields, job.Dim);
        var plan = PlanFile.Load(job.Plan, data);
        plan = plan.Unrounded ?? plan;
        lock (masks) masks.Take(plan, job.Plan);
        return plan;
    }

    /// <summary>A teacher's, looked up once for all trials.</summary>
    private float[] Predictions(string teacher, WorkerPool lane) => taught.GetOrAdd(teacher, path => new Lazy<float[]>(() => Teacher.Score(path, data, lane))).Value;

    /// <summary>A copy of the options with these values.</summary>
    private static TrainJobOptions Varied(TrainJobOptions options, IEnumerable<KeyValuePair<VariedSetting, string>> values)
    {
        var job = new TrainJobOptions();
        foreach (var setting in SettingList.Of(typeof(TrainJobOptions)).Where(setting => setting.Get(options).Length > 0)) setting.Set(job, setting.Get(options), setting.Name);
        foreach (var (setting, value) in values) setting.Set(job, value);
        return job;
    }

    private void Forget(SweepTrial trial)
    {
        foreach (var stage in (string[])[trial.Stage, $"{trial.Stage}-best"]) folder.Checkpoint(stage).Delete();
    }
}

/// <summary>One draw of the varied settings, and how far it came.</summary>
public sealed record SweepTrial
{
    /// <summary>1 for the first drawn.</summary>
    public int Number { get; init; }

    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>The best so far; 0 where training diverged.</summary>
    public double ValidAuc { get; init; }

    public long BestEpoch { get; init; }

    /// <summary>Trained.</summary>
    public long Steps { get; init; }

    public bool Diverged { get; init; }

    /// <summary>As autodim train takes them.</summary>
    [JsonIgnore]
    public string Flags => string.Join(' ', Settings.Select(pair => $"--{pair.Key} {pair.Value}"));

    internal string Stage => $"trial-{Number}";
}

/// <summary>result.json of a sweep.</summary>
public sealed record SweepResult
{
    public int FormatVersion { get; init; } = 1;

    public string Data { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    public string Model { get; init; } = "";

    /// <summary>The last one left, trained to its end.</summary>
    public SweepTrial Best { get; init; } = new();

    /// <summary>The others as they were when they were dropped, the last dropped first.</summary>
    public IReadOnlyList<SweepTrial> Dropped { get; init; } = [];
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SweepResult))]
internal sealed partial class SweepJson : JsonSerializerContext;

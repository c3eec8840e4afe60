using System.Diagnostics;
using System.Text.Json;
using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Reports;
using AutoDim.Runs.Scaling;
using AutoDim.Runs.TensorBoard;
using AutoDim.Search;
using AutoDim.Search.AutoDim;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// The main job: full model → search → plan → retraining → baselines → test → export → report. Each stage leaves its result in
/// the run's folder; a run started again goes on after the last one. The test split is read once, when all training is over.
/// </summary>
internal sealed class Run
{
    /// <summary>Plans drawn at random, of which the best is a baseline.</summary>
    public const int RandomTrials = 3;

    /// <summary>Plans of baselines that have no dimension in common: AutoDim's preferred one, its two of fewer bytes, that of AutoDim-s, and the best at random.</summary>
    public const int OtherPlans = 5;

    private const string AutoDimName = "autodim";

    private readonly ClickData data;
    private readonly RunOptions options;
    private readonly RunFolder folder;
    private readonly WorkerPool pool;
    private readonly RunObserver observer;
    private readonly ModelCatalog.Entry entry;
    private readonly TrainingOptions training;
    private readonly PlanSearch searches;
    private readonly RowStorage[] storages;
    private readonly List<Variant> variants = [];
    private VariantTrainer trainer; // of the full model, and of the others if their first-order term is the same
    private int widenings;

    public Run(ClickData data, RunOptions options, RunFolder folder, WorkerPool pool, RunObserver observer)
    {
        this.data = data;
        this.options = options;
        this.folder = folder;
        this.pool = pool;
        entry = ModelCatalog.Find(options.Model);
        if (!entry.HasVectors) throw new AutoDimException($"model '{entry.Name}' has no embedding vectors, so there is no dimension to search; train it with: autodim train");
        var goal = Goal.Of(options, long.MaxValue); // what cannot be read is told before anything is trained
        if (goal != null && pool.Ranks.AreSeveral) throw new AutoDimException("a run for a budget or a tolerance asks compression methods, which work in one process: start it without mpirun; or search under mpirun with autodim search --budget, and train its plan with autodim train --plan");
        SearchSpace.Check(options.Search.Candidates);
        storages = MethodPlans.Storages(options.Storages);
        if (!options.Methods.Select(MethodCatalog.Find).ToArray().Any(method => method.Asked(storages).Any())) throw new AutoDimException("int3 and int2 rows need a method that rounds them in training; add measured-rounded or rounded to --methods, or another storage to --storages");
        training = options.Training.For(data);
        this.observer = new MetricsLog(folder, observer, options.Tensorboard ? new TensorBoardFolder(folder, data.Fields, options.Search.Candidates, training.LearningRate) : null);
        searches = new PlanSearch(data, options, training, folder, pool, this.observer);
        trainer = new VariantTrainer(data, entry, options.ModelOptions, training, folder, pool, this.observer);
    }

    private ulong FirstSeed => training.Seed;

    /// <summary>What a value has beside its vector, but in the full model.</summary>
    private LinearRow Linear => entry.LinearRow(trainer.ModelOptions);

    private IReadOnlyList<double> NoTuning(Variant full) => [full.Trained[0].TableL2];

    /// <summary>A plan with a trained model for each seed.</summary>
    private sealed record Variant(string Name, EmbeddingPlan Plan, IReadOnlyList<TrainedVariant> Trained, VariantTrainer Trainer)
    {
        public int? UniformDim => Plan is { IsUniform: true, Forms.Count: 0 } ? Plan.MappedDim : null;
    }

    public RunResult Execute(double prepareSeconds, CancellationToken cancellation)
    {
        RunRecord.Keep(folder, "run", data, options);
        var thorough = options.Baselines == Baselines.All;
        if (!options.Search.SecondOrder) TablePlanner.Choose(pool, data, entry, options.ModelOptions, training, [.. data.Fields.Select(_ => options.FullDim)], observer);
        var full = TrainSeeds("full", EmbeddingPlan.Uniform(data.Fields, options.FullDim), options.TuneL2, null, cancellation);
        trainer.Teacher = Teacher.Of(options.TaughtShare, full.Trained, trainer, data.Train);
        var goal = Goal.Of(options, full.Trained[0].DeployedEmbeddingBytes);
        var tunedL2 = full.Trained[0].TableL2;
        var searched = goal == null || thorough || options.Methods.Contains(AutoDimName) ? searches.Run(tunedL2, SearchKind.AutoDim, cancellation) : null;
        var (method, plan, stage) = goal == null ? Preferred(searched!.Result, full, cancellation) : Answer(goal, full, cancellation);
        searches.Save(plan, searched?.Result, method, trainer.ModelOptions);
        var inherits = options.Inherit && goal == null;
        var slim = TrainSeeds("slim", plan, thorough ? options.TuneL2 : NoTuning(full), inherits ? searches.Inheritance(tunedL2, plan) : null, cancellation, inherits ? $"{stage}-inherited" : stage);
        var explanations = Explain(slim, searched?.Result, cancellation);
        searches.Save(plan, searched?.Result, method, trainer.ModelOptions, explanations);
        var baselineClock = Stopwatch.StartNew();
        if (thorough) TrainOthers(full, slim, searched!.Result, cancellation);
        if (options.Baselines != Baselines.None) TrainUniforms(full, slim, thorough, cancellation);
        var baselineSeconds = baselineClock.Elapsed.TotalSeconds;

        var validDelta = goal is { AucLoss: not null } ? ValidDelta(slim, full) : null;
        observer.Stage("test", "the test split is read, once");
        var labels = Labels.Of(data.Test);
        var tested = Test(labels);
        slim.Trainer.Export(slim.Trained[0], folder.File("model"));
        var result = Summarise(tested, labels, searched?.Result, plan, goal) with
        {
            Seconds = new RunSeconds
            {
                Prepare = prepareSeconds,
                Full = Seconds("full-*"),
                Search = searched?.Seconds ?? 0,
                Trials = TrialSeconds(slim),
                Retrain = slim.Trained.Sum(trained => trained.Seconds),
                Baselines = baselineSeconds,
            },
            SearchStepsPerSecond = searched == null ? 0 : searched.Result.Steps / searched.Seconds,
            SearchPeakRss = searched?.PeakRss ?? 0,
            Tolerance = goal?.AucLoss,
            ValidAucDeltaInterval = validDelta is { } delta ? [delta.Low, delta.High] : null,
            Method = method,
            ReadsFirstOrder = entry.ReadsFirstOrder(slim.Trainer.ModelOptions),
            Explanations = explanations,
            LargestCandidate = options.Search.Candidates.Max(),
        };
        AtomicFile.WriteText(folder.File("result.json"), JsonSerializer.Serialize(result, RunJson.Default.RunResult));
        AtomicFile.WriteText(folder.File("report.html"), RunReport.Html(result, searched?.Result, [Curve("full", full), Curve("slim", slim)]));
        AtomicFile.WriteText(folder.File("model-card.md"), RunSummary.ModelCard(result));
        return result;
    }

    private FieldExplanation[] Explain(Variant slim, SearchResult? search, CancellationToken cancellation)
    {
        EmbeddingPlan? AtBytes(double share)
        {
            if (search == null) return null;
            try
            {
                return searches.Within(search, (long)(share * slim.Trained[0].DeployedEmbeddingBytes));
            }
            catch (AutoDimException)
            {
                return null; // no plan of the search's is that small
            }
        }

        using var numbers = slim.Trainer.LoadNumbers(slim.Trained[0]);
        return new PlanExplanation(data, slim.Plan, options.FullDim, training.EvaluationBatchSize, observer).Explain(numbers, slim.Trainer.FoldingOf(slim.Plan.MinCounts), AtBytes, cancellation);
    }

    /// <summary>How far validation tells the slim model from the full one.</summary>
    private Interval ValidDelta(Variant slim, Variant full)
    {
        var labels = Labels.Of(data.Valid);
        TestedVariant Scored(Variant variant) => variant.Trainer.Test(variant.Name, null, variant.Trained, data.Valid, labels);
        return TestedVariant.Compare(Scored(slim), Scored(full), labels);
    }

    private LearningCurve Curve(string name, Variant variant) => new(name, MetricsLog.ValidAucs(folder, variant.Trained[0].TrainingStage));

    private double Seconds(string stages) => Stages(stages).Sum(trained => trained.Seconds);

    /// <summary>Of trainings made to choose the slim model, its own left out.</summary>
    private double TrialSeconds(Variant slim) => Stages("slim-*").Concat(Stages("plan-*")).Concat(Stages($"{GoalAnswers.FromVectors}-*")).Where(trained => trained.IsAsTrained && !slim.Trained.Any(own => own.Stage.StartsWith(trained.Stage, StringComparison.Ordinal)))
        .Sum(trained => trained.Seconds);

    private IEnumerable<TrainedVariant> Stages(string pattern) => Directory.GetFiles(folder.File("stages"), $"{pattern}.json")
        .Select(path => StageRecord.Read(path, RunJson.Default.TrainedVariant));

    /// <summary>The plan that AutoDim's search prefers, if retraining confirms it.</summary>
    private (string Method, EmbeddingPlan Plan, string Stage) Preferred(SearchResult search, Variant full, CancellationToken cancellation)
    {
        var plan = Confirm(ChooseProjection(searches.Derive(search), full, cancellation), search, full, cancellation);
        return (AutoDimName, plan, SlimStage(plan));
    }

    /// <summary>The plan that answers a goal, whose trainer trains all that comes after it; the full model's where nothing smaller does.</summary>
    private (string Method, EmbeddingPlan Plan, string Stage) Answer(Goal goal, Variant full, CancellationToken cancellation)
    {
        var answer = new GoalAnswers(data, options, training, folder, pool, observer).Find(goal, full.Trained, trainer, cancellation);
        if (answer == null) return (MethodCatalog.Uniform, full.Plan, "full");
        trainer = answer.Trainer;
        return (answer.Method, answer.Plan, MethodPlans.NameOf(answer.Plan));
    }

    /// <summary>Tunes with the first seed, then trains the other seeds with what was best.</summary>
    /// <param name="stage">Name under which trainings are kept; null: the variant's.</param>
    private Variant TrainSeeds(string name, EmbeddingPlan plan, IReadOnlyList<double> l2, Action<CtrModel>? initialise, CancellationToken cancellation, string? stage = null)
    {
        var twin = initialise == null ? TwinOf(plan) : null;
        var variant = new Variant(name, plan, twin?.Trained ?? trainer.TrainSeeds(stage ?? name, plan, l2, options.Seeds, initialise, cancellation), trainer);
        variants.Add(variant);
        return variant;
    }

    /// <summary>The same for several plans, side by side. A plan that an earlier variant has is not trained again.</summary>
    private void TrainSeeds(IReadOnlyList<(string Name, EmbeddingPlan Plan)> planned, IReadOnlyList<double> l2, CancellationToken cancellation)
    {
        var fresh = planned.Where((item, i) => TwinOf(item.Plan) == null && !planned.Take(i).Any(other => IsTwin(other.Plan, item.Plan))).ToArray();
        pool.Jobs.Select(fresh, item => trainer.TrainSeeds(item.Name, item.Plan, l2, options.Seeds, null, cancellation));
        foreach (var (name, plan) in planned) TrainSeeds(name, plan, l2, null, cancellation);
    }

    /// <summary>A variant that is trained already and would come out the same; null where there is none.</summary>
    private Variant? TwinOf(EmbeddingPlan plan) => variants.Find(other => other.Trainer == trainer && IsTwin(other.Plan, plan));

    private static bool IsTwin(EmbeddingPlan one, EmbeddingPlan other) => one.Fields.SequenceEqual(other.Fields);

    /// <summary>
    /// How mixed dimensions are made equal is chosen like any other option, on validation: inner products often do better with zero
    /// padding, hidden layers without any map.
    /// </summary>
    private EmbeddingPlan ChooseProjection(EmbeddingPlan plan, Variant full, CancellationToken cancellation)
    {
        if (options.Projection != null || plan.IsUniform) return plan;
        var tried = pool.Jobs.Select(entry.Projections, projection =>
        {
            var candidate = plan with { Projection = projection };
            return (Plan: candidate, trainer.Train(SlimStage(candidate), candidate, full.Trained[0].TableL2, FirstSeed, null, cancellation).ValidAuc);
        });
        var best = tried.MaxBy(trial => trial.ValidAuc).Plan;
        observer.Note($"projection {best.Projection} (valid AUC: {string.Join(", ", tried.Select(trial => $"{trial.Plan.Projection} {trial.ValidAuc:F5}"))})");
        return best;
    }

    /// <summary>
    /// Retraining has the last word: a searched network can be a poor guide, as a factorization machine's is on a sparse log. While the plan
    /// loses more validation AUC against the full model than it may, every field goes one candidate up.
    /// </summary>
    private EmbeddingPlan Confirm(EmbeddingPlan plan, SearchResult search, Variant full, CancellationToken cancellation)
    {
        for (widenings = 0; ; widenings++)
        {
            var loss = full.Trained[0].ValidAuc - trainer.Train(SlimStage(plan), plan, full.Trained[0].TableL2, FirstSeed, null, cancellation).ValidAuc;
            var wider = Derivation.Widened(plan, search);
            if (loss <= options.Confirm || wider.Fields.SequenceEqual(plan.Fields)) return plan;
            observer.Note($"the plan loses {loss:F4} of validation AUC against the full model; every field goes one candidate up");
            plan = wider;
        }
    }

    /// <summary>Trials of the plan are the slim model's first training, so the two share a name.</summary>
    private string SlimStage(EmbeddingPlan plan) => $"slim{(widenings > 0 ? $"-wider-{widenings}" : "")}-{plan.Projection}";

    private void TrainUniforms(Variant full, Variant slim, bool all, CancellationToken cancellation)
    {
        EmbeddingPlan Uniform(int dim, RowStorage storage) => EmbeddingPlan.Uniform(data.Fields, dim).Stored(storage);
        EmbeddingPlan Nearest(Variant variant, RowStorage storage) => Enumerable.Range(1, options.FullDim).Select(dim => Uniform(dim, storage))
            .MinBy(plan => Math.Abs(PlanBytes.Of(plan, data.Fields, Linear).Deployed - variant.Trained[0].DeployedEmbeddingBytes))!;
        var storage = UniformStorage(full, slim, storage => Nearest(slim, storage), cancellation);
        var candidates = options.Search.Candidates.Where(dim => dim > 0).Select(dim => Uniform(dim, storage));
        var autodims = variants.Where(variant => variant.Name.StartsWith("autodim", StringComparison.Ordinal)).ToArray();
        EmbeddingPlan[] plans = all ? [.. candidates.Concat(autodims.Append(slim).Select(variant => Nearest(variant, storage))).Where(plan => !IsTwin(plan, full.Plan)).DistinctBy(plan => plan.MappedDim).OrderBy(plan => plan.MappedDim)]
            : [Nearest(slim, storage)];
        TrainSeeds([.. plans.Select(plan => (MethodPlans.NameOf(plan), plan))], all ? options.TuneL2 : NoTuning(full), cancellation);
    }

    /// <summary>
    /// The storage of the uniform baselines: the plan's own, but for a goal the one, of those that it may choose among, in which uniform dimensions do best on validation in the plan's bytes. So the plan
    /// is never compared with dimensions that only their storage makes worse.
    /// </summary>
    private RowStorage UniformStorage(Variant full, Variant slim, Func<RowStorage, EmbeddingPlan> nearest, CancellationToken cancellation)
    {
        if (!options.HasGoal || slim.Plan.IsPlain) return slim.Plan.Fields[0].Storage;
        var tried = pool.Jobs.Select(storages, storage =>
        {
            var plan = nearest(storage);
            return (Storage: storage, trainer.Train(MethodPlans.NameOf(plan), plan, full.Trained[0].TableL2, FirstSeed, null, cancellation).ValidAuc);
        });
        var best = tried.MaxBy(trial => trial.ValidAuc).Storage;
        if (tried.Length > 1) observer.Note($"uniform dimensions do best in {SettingText.Write(best)} (valid AUC: {string.Join(", ", tried.Select(trial => FormattableString.Invariant($"{SettingText.Write(trial.Storage)} {trial.ValidAuc:F5}")))})");
        return best;
    }

    private void TrainOthers(Variant full, Variant slim, SearchResult search, CancellationToken cancellation)
    {
        EmbeddingPlan Projected(EmbeddingPlan plan) => plan with { Projection = slim.Plan.Projection };
        List<(string Name, EmbeddingPlan Plan)> planned = [("autodim-argmax", Projected(Derivation.Argmax(search, data.Fields)))];
        var whole = full.Trained[0].DeployedEmbeddingBytes;
        foreach (var share in (int[])[50, 25]) WhereThereIsRoom(() => planned.Add(($"autodim-{share}%", Projected(searches.Within(search, whole * share / 100)))));

        var single = searches.Run(full.Trained[0].TableL2, SearchKind.SingleLevel, cancellation).Result;
        planned.Add(("autodim-s", Projected(searches.Derive(single))));
        EmbeddingPlan[] plans = [];
        WhereThereIsRoom(() => plans = [.. RandomPlans.Draw(data.Fields, options.Search.Candidates, Linear, slim.Trained[0].DeployedEmbeddingBytes, RandomTrials, FirstSeed).Select(Projected)]);
        var tried = pool.Jobs.Select([.. plans.Index()], trial => trainer.Tune($"random-{trial.Index + 1}", trial.Item, NoTuning(slim), FirstSeed, null, cancellation).ValidAuc);
        if (plans.Length > 0) planned.Add(("random", plans.Zip(tried).MaxBy(trial => trial.Second).First));
        TrainSeeds(planned, options.TuneL2, cancellation);
    }

    /// <summary>Makes plans for a baseline; where no plan has so few bytes, that is noted and the baseline left out.</summary>
    private void WhereThereIsRoom(Action make)
    {
        try
        {
            make();
        }
        catch (AutoDimException exception)
        {
            observer.Note(exception.Message);
        }
    }

    /// <summary>Test metrics and logits of every variant and seed.</summary>
    private List<TestedVariant> Test(float[] labels) => [.. variants.Select(variant => variant.Trainer.Test(variant.Name, variant.UniformDim, variant.Trained, data.Test, labels))];

    private RunResult Summarise(List<TestedVariant> tested, float[] labels, SearchResult? search, EmbeddingPlan plan, Goal? goal)
    {
        TestedVariant Find(string name) => tested.Single(variant => variant.Name == name);
        var (full, slim) = (Find("full"), Find("slim"));
        var uniforms = tested.Where(variant => variant.Name.StartsWith("uniform", StringComparison.Ordinal)).ToArray();
        var nearest = uniforms.MinBy(variant => Math.Abs(variant.Trained[0].DeployedEmbeddingBytes - slim.Trained[0].DeployedEmbeddingBytes));
        var versus = nearest is null ? null : TestedVariant.Compare(slim, nearest, labels);
        VariantResult Result(TestedVariant variant) => variant.ToResult(full, labels);
        VariantResult Calibrated(VariantResult result, TestedVariant variant) => result with { CalibrationBins = CalibrationBin.Table(variant.Logits[0], labels) };
        var (fullResult, slimResult) = (Calibrated(full.ToResult(), full), Calibrated(Result(slim), slim));
        return new RunResult
        {
            Data = data.Name,
            Fingerprint = data.Fingerprint,
            Model = entry.Name,
            Seeds = [.. full.Trained.Select(trained => trained.Seed)],
            Full = fullResult,
            Slim = slimResult,
            Uniform = [.. uniforms.Select(Result)],
            Others = [.. tested.Where(variant => variant != full && variant != slim && !uniforms.Contains(variant)).Select(Result)],
            AucDelta = slimResult.AucDelta,
            AucDeltaInterval = slimResult.AucDeltaInterval!,
            IntervalMethod = options.Seeds > 1 ? "Student" : "DeLong",
            UniformDelta = versus?.Difference,
            UniformDeltaInterval = versus == null ? null : [versus.Low, versus.High],
            Ratio = (double)full.Trained[0].EmbeddingBytes / slim.Trained[0].EmbeddingBytes,
            BudgetBytes = goal?.Bytes,
            Within = goal is { Bytes: null } ? goal.ToString() : null,
            Plan = PlanRow.Of(plan),
            Undecided = search == null ? [] : [.. search.Undecided.Select(choice => choice.Field)],
            StepsPerSecond = fullResult.StepsPerSecond,
            Threads = pool.ThreadCount,
            Version = typeof(Run).Assembly.GetName().Version!.ToString(3),
        };
    }
}

using System.Diagnostics;
using System.IO.Hashing;
using System.Text;
using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Settings;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Methods' plans for one trained full model. What a method answered is kept in the run's folder and not asked again; trainings are kept
/// by what they train, so that equal plans of several methods are trained once.
/// </summary>
internal sealed class MethodPlans
{
    private readonly ClickData data;
    private readonly RunOptions options;
    private readonly TrainingOptions training;
    private readonly RunFolder folder;
    private readonly VariantTrainer trainer;
    private readonly RunObserver observer;
    private readonly TrainedVariant full;
    private readonly ModelCatalog.Entry entry;
    private readonly MethodContext context;
    private readonly ParallelJobs jobs;
    private readonly CancellationToken cancellation;
    private readonly Dictionary<string, ICompressionMethod> made = [];

    /// <param name="full">The full model, of the first seed.</param>
    public MethodPlans(ClickData data, RunOptions options, TrainingOptions training, RunFolder folder, VariantTrainer trainer, TrainedVariant full, WorkerPool pool, RunObserver observer, CancellationToken cancellation)
    {
        (this.data, this.options, this.training, this.folder, this.trainer, this.observer, this.full, this.cancellation) = (data, options, training, folder, trainer, observer, full, cancellation);
        entry = ModelCatalog.Find(options.Model);
        jobs = pool.Jobs;
        var searches = new PlanSearch(data, options, training, folder, pool, observer);
        context = new MethodContext
        {
            Fields = data.Fields,
            Train = data.Train,
            Valid = data.Valid,
            LinearRow = entry.LinearRow(options.ModelOptions),
            FullDim = options.FullDim,
            Candidates = options.Search.Candidates,
            Training = training,
            TableL2 = full.TableL2,
            LoadFull = () => trainer.Load(full),
            NewModel = embedding => entry.Create(new ModelContext(data.Fields, options.ModelOptions, new CounterRandom(training.Seed, ModelContext.Stream), pool, embedding)),
            Folder = folder.Sub("search"),
            KeepMask = mask => mask.Save(trainer.Masks.PathOf(mask.Id)),
            Search = kind => searches.Run(full.TableL2, kind, cancellation).Result,
            CountRows = () => data.TrainCounts,
            FoldedFields = minCounts => new RowFolding(data, minCounts).Fields,
            FoldedCounts = (field, minCount) => trainer.FoldingOf([.. data.Fields.Select((_, m) => m == field ? minCount : 0)]).CountsOf(data, field),
            Try = plan => Try(plan).ValidAuc,
            OnStep = observer.Step,
            Measured = observer.Measured,
            Cancellation = cancellation,
        };
    }

    /// <summary>The storages of these names.</summary>
    /// <exception cref="AutoDimException">One is none.</exception>
    public static RowStorage[] Storages(IReadOnlyList<string> names) => [.. names.Select(name => SettingText.TryRead(name, typeof(RowStorage), out var storage) ? (RowStorage)storage
        : throw new AutoDimException($"--storages has '{name}', expected some of {string.Join(", ", Enum.GetValues<RowStorage>().Select(storage => SettingText.Write(storage)))}")).Distinct()];

    /// <summary>A name for what the training of a plan depends on.</summary>
    public static string NameOf(EmbeddingPlan plan)
    {
        if (plan.IsPlain) return $"uniform-{plan.MappedDim}";
        string Part<T>(string name, IReadOnlyList<T> values) => values.Count > 0 ? $" {name} {string.Join(' ', values)}" : "";
        var text = $"{plan.Projection} {string.Join(' ', plan.Fields.Select(item => item.Dim))}{Part("min", plan.MinCounts)}{Part("form", plan.Forms)}";
        return $"plan-{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text)):x16}";
    }

    /// <summary>Every field of the full dimension, as trained.</summary>
    public EmbeddingPlan FullPlan => EmbeddingPlan.Uniform(data.Fields, options.FullDim);

    /// <summary>
    /// The method's plan within so many bytes; null where it has none that small. Where it depends on the projection, it is trained in each, and the best on validation
    /// is taken; a method's first choice between mixed plans holds for all its later ones, for which projection is better depends on model and method far more than on the bytes. What was chosen before stays:
    /// asked again, as in a comparison that goes on, the answer is the same.
    /// </summary>
    public EmbeddingPlan? Choose(MethodCatalog.Entry method, long budget, RowStorage storage)
    {
        var choice = PlanRecord(FormattableString.Invariant($"{method.Name}-projection-{storage}-{budget}"));
        var settled = StageRecord.Find(choice, ComparisonJson.Default.SettledProjection) ?? StageRecord.Find(SettledFile(method), ComparisonJson.Default.SettledProjection);
        IEnumerable<Projection> projections = options.Projection is { } given ? [given] : entry.Projections;
        var plans = projections.OrderBy(projection => projection != settled?.Projection)
            .Select(projection => (Projection: projection, Plan: Ask(method, new PlanRequest(budget, projection, storage))?.InSimplestProjection))
            .Where(answer => answer.Plan != null)
            .Select(answer => (answer.Projection, Plan: answer.Plan!));
        if (settled != null) return plans.FirstOrDefault().Plan;
        var different = plans.DistinctBy(answer => NameOf(answer.Plan)).ToArray();
        if (different.Length < 2) return different.SingleOrDefault().Plan;
        var best = Best(method, different);
        JsonFile.Save(choice, new SettledProjection(best.Projection), ComparisonJson.Default.SettledProjection);
        return best.Plan;
    }

    /// <summary>The plan's training of the first seed with the full model's L2.</summary>
    public TrainedVariant Try(EmbeddingPlan plan)
    {
        LetGo();
        return Train(plan);
    }

    /// <summary>The same of several plans, side by side.</summary>
    public TrainedVariant[] Try(IReadOnlyList<EmbeddingPlan> plans)
    {
        LetGo();
        return jobs.Select(plans, Train);
    }

    /// <summary>Frees the models that methods have trained and hold, so that there is memory for other trainings; asked again, they go on from their checkpoints.</summary>
    public void LetGo()
    {
        foreach (var (name, method) in made.ToArray())
        {
            if (method is not IDisposable holder) continue;
            holder.Dispose();
            made.Remove(name);
        }
    }

    /// <summary>What a method took for all its plans of a storage so far, beyond training the full model.</summary>
    public (double Seconds, long PeakRss) Cost(string method, RowStorage storage)
    {
        var found = Directory.GetFiles(folder.File("plans"), $"{method}-{storage}-*.json").Select(path => StageRecord.Read(path, ComparisonJson.Default.FoundPlan)).ToArray();
        return (found.Sum(plan => plan.Seconds), found.Max(plan => plan.PeakRss));
    }

    private TrainedVariant Train(EmbeddingPlan plan) => trainer.Train(NameOf(plan), plan, full.TableL2, training.Seed, null, cancellation);

    /// <summary>The best of a request's answers on validation; where it is mixed, its projection is settled for the method.</summary>
    private (Projection Projection, EmbeddingPlan Plan) Best(MethodCatalog.Entry method, (Projection Projection, EmbeddingPlan Plan)[] answers)
    {
        var trials = answers.Zip(Try([.. answers.Select(answer => answer.Plan)])).ToArray();
        var best = trials.MaxBy(trial => trial.Second.ValidAuc).First;
        if (!best.Plan.IsMixed) return best;
        JsonFile.Save(SettledFile(method), new SettledProjection(best.Plan.Projection), ComparisonJson.Default.SettledProjection);
        observer.Note($"{method.Name}: projection {best.Plan.Projection} (valid AUC: {string.Join(", ", trials.Select(trial => FormattableString.Invariant($"{trial.First.Plan.Projection} {trial.Second.ValidAuc:F5}")))})");
        return best;
    }

    private string SettledFile(MethodCatalog.Entry method) => PlanRecord($"{method.Name}-projection");

    private string PlanRecord(string name) => folder.File(Path.Combine("plans", $"{name}.json"));

    private EmbeddingPlan? Ask(MethodCatalog.Entry method, PlanRequest request)
    {
        var record = PlanRecord(FormattableString.Invariant($"{method.Name}-{request.Storage}-{request.Projection}-{request.Budget}"));
        if (!File.Exists(record))
        {
            observer.Stage(method.Name, $"{method.Name}: a plan within {ByteSize.Show(request.Budget)} of {SettingText.Write(request.Storage)} rows, projection {request.Projection}");
            if (!made.TryGetValue(method.Name, out var asked)) made[method.Name] = asked = method.Create(context, options.Search);
            MemoryUse.Reset();
            var clock = Stopwatch.StartNew();
            var plan = asked.Plan(request);
            var answer = new FoundPlan(plan?.Fields.Select(item => item.Dim).ToArray(), plan?.Storages ?? [], plan?.Projection ?? request.Projection, clock.Elapsed.TotalSeconds, MemoryUse.Peak) { MinCounts = plan?.MinCounts ?? [], Forms = plan?.Forms ?? [] };
            JsonFile.Save(record, answer, ComparisonJson.Default.FoundPlan);
        }

        var found = StageRecord.Read(record, ComparisonJson.Default.FoundPlan);
        return found.Dims == null ? null : EmbeddingPlan.Of(trainer.FoldingOf(found.MinCounts).Fields, found.Dims, found.Storages, found.MinCounts, found.Forms) with { Projection = found.Projection };
    }
}

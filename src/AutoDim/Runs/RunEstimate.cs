using System.Diagnostics;
using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Demo;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs.Scaling;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// What a run will need, from the fields' rows and the number of samples alone. Some steps of the run's own model are
/// made on made-up samples with tables cut to <see cref="MostRows"/> rows: a step's time hardly depends on them, and the memory of what
/// was cut is counted.
/// </summary>
internal sealed class RunEstimate(IReadOnlyList<Field> fields, long trainRows, long validRows, long dataBytes, RunOptions options, WorkerPool pool)
{
    private const long MostRows = 200_000;

    /// <summary>Likewise, where it is timed how ranks share tables.</summary>
    private const long MostRowsOfSpread = 1_000_000;

    /// <summary>Readers, checkpoints and reports that a run loads and these few steps do not; measured on small runs.</summary>
    private const long RunOverhead = 30_000_000;

    /// <summary>Of a training row: its place in the order that samples are drawn in, of which <see cref="BatchSampler"/> holds so many at a time.</summary>
    private const long OrderBytes = sizeof(long), MostInOrder = 1 << 20;

    /// <summary>Of a validation row while it is scored and the AUC taken: log-odds, label, sort key, and that anew.</summary>
    private const long ScoreBytes = 32;

    /// <summary>Of a training row where a model teaches others: its log-odds by each seed's.</summary>
    public const long TaughtBytes = sizeof(float);

    /// <summary>What methods hold at most beside a training of the full model, as copies of its tables' numbers: scores or masks of them; measured.</summary>
    private const double MethodCopies = 1;

    /// <summary>What each method's code and short-lived objects add to the process.</summary>
    private const long MethodBytes = 1_500_000;

    private const int Batches = 6;
    private const int Repeats = 3;

    /// <summary>Epochs until validation stops improving and training ends, where the options would allow more; a typical number.</summary>
    private const int TypicalEpochs = 15;

    private readonly ModelCatalog.Entry entry = ModelCatalog.Find(options.Model);
    private readonly TrainingOptions training = options.Training.For(trainRows) with { Tables = options.Training.Tables with { L2 = options.TuneL2[0] } };

    /// <summary>Of prepared data, from what its manifest tells.</summary>
    public static RunEstimate Of(DataManifest data, RunOptions options, WorkerPool pool)
    {
        SplitFiles Split(string name) => data.Splits.Single(split => split.Name == name);
        var bytes = Split("train").Files.Concat(Split("valid").Files).Sum(file => file.Bytes);
        return new RunEstimate(data.Fields, Split("train").Rows, Split("valid").Rows, bytes, options, pool);
    }

    /// <summary>Trainings by a plan: of each L2 to try with the first seed, and of the other seeds.</summary>
    public StageEstimate Training(EmbeddingPlan plan)
    {
        using var data = MadeUpData(MostRows, training.BatchSize);
        return Training("train", plan, data).Repeated(TrainingsOfAPlan(tunes: true), pool.JobsAtATime);
    }

    /// <summary>A search by itself.</summary>
    public StageEstimate Search()
    {
        using var data = MadeUpData(MostRows, training.BatchSize);
        return Search(data);
    }

    /// <summary>The stages of <c>autodim run</c>, in order.</summary>
    public IReadOnlyList<StageEstimate> Stages()
    {
        using var data = MadeUpData(MostRows, training.BatchSize);
        var (thorough, hasGoal, storages) = (options.Baselines == Baselines.All, options.HasGoal, MethodPlans.Storages(options.Storages));
        var full = Full(data);
        List<StageEstimate> stages = [full.Repeated(TrainingsOfAPlan(tunes: true), pool.JobsAtATime), Search(data)];
        if (hasGoal) stages.AddRange([Methods(full, options.Methods.Count), Plans(full, options.Methods.Count, options.Methods.Sum(name => MethodCatalog.Find(name).Asked(storages).Count))]);
        if (options.MayLeaveOutWeights) stages.Add(AtMost(full, "first order from vectors", 1 + storages.Length + OtherProjections));
        stages.Add(AtMost(full, "slim", TrainingsOfAPlan(thorough) + (hasGoal ? 0 : OtherProjections)));
        if (thorough) stages.Add(AtMost(full, "others", (Run.OtherPlans * TrainingsOfAPlan(tunes: true)) + Run.RandomTrials));
        if (options.Baselines != Baselines.None) stages.Add(AtMost(full, "uniform", (thorough ? (options.Search.Candidates.Count + Run.OtherPlans) * TrainingsOfAPlan(tunes: true) : TrainingsOfAPlan(tunes: false)) + (hasGoal ? storages.Length - 1 : 0)));
        return stages;
    }

    /// <summary>The stages of a comparison with the options' model: the full model, a search where a method asks for one, methods' plans, and the trainings of those.</summary>
    /// <param name="plans">Most plans that are trained.</param>
    public IReadOnlyList<StageEstimate> Comparison(IReadOnlyList<MethodCatalog.Entry> methods, int plans)
    {
        using var data = MadeUpData(MostRows, training.BatchSize);
        var full = Full(data);
        List<StageEstimate> stages = [full.Repeated(TrainingsOfAPlan(tunes: true), pool.JobsAtATime)];
        if (methods.Any(method => method.Searches)) stages.Add(Search(data, inBlocks: true));
        return [.. stages, Methods(full, methods.Count), Plans(full, methods.Count, plans * TrainingsOfAPlan(tunes: true))];
    }

    /// <summary>Where the full model's tables lie when so many ranks train it.</summary>
    /// <param name="replicatedBytes">Bytes of rows up to which every rank has a table whole.</param>
    public IReadOnlyList<TablePlacement> Placements(int ranks, long replicatedBytes)
        => TablePlacement.Of(fields, [.. fields.Select(_ => options.FullDim)], entry.LinearRow(options.ModelOptions), training, ranks, replicatedBytes);

    /// <summary>Where tables lie on so many ranks, and a training step of the full model on 1, 2, 4, … of them.</summary>
    /// <param name="replicatedBytes">Null: as <see cref="TablePlanner"/> chooses for each number of ranks.</param>
    /// <param name="distinct">Of the fields; null: by Zipf's law.</param>
    public RanksEstimate OnRanks(int ranks, long? replicatedBytes, NetworkSpeed network, DistinctValues? distinct)
    {
        distinct ??= DistinctValues.Zipf(fields, [.. fields.Select(EntriesPerSample)]);
        long Limit(int count) => replicatedBytes ?? TablePlanner.ReplicatedBytes(limit => Placements(count, limit), distinct, count, training.BatchSize);
        IReadOnlyList<TablePlacement> Tables(int count) => Placements(count, Limit(count));

        // Tables are cut to no less than what is spread: where they lie decides what is measured.
        var mostRows = Math.Max(MostRows, Math.Min(MostRowsOfSpread, (Limit(ranks) / sizeof(Real)) + 1));
        using var data = MadeUpData(mostRows, Math.Min(training.BatchSize, ScalingModel.LargestBatch));
        var timer = new StepTimer(data, entry, options.ModelOptions, Cut(EmbeddingPlan.Uniform(fields, options.FullDim), mostRows), training, pool.ThreadCount);
        var model = ScalingModel.Measure(timer, new StepCounts(Tables(ranks), distinct), training.BatchSize, Limit(ranks), Batches);
        var points = RanksEstimate.UpTo(ranks).Select(count => (Count: count, Tables: Tables(count))).Select(on => (model with { Counts = new StepCounts(on.Tables, distinct) }).Predict(on.Count, training.BatchSize, network) with
        {
            TableBytes = on.Tables.Sum(place => place.BytesPerRank),
            SpreadTables = on.Tables.Count(place => place.IsShared),
        });
        return new RanksEstimate(training.BatchSize, network, Tables(ranks), [.. points]);
    }

    /// <summary>Of every seed, with the L2 that did best where it is tuned.</summary>
    private int TrainingsOfAPlan(bool tunes) => options.Seeds - 1 + (tunes ? options.TuneL2.Count : 1);

    /// <summary>Trainings by which a plan's or a method's projection is chosen, beside that of the best.</summary>
    private int OtherProjections => options.Projection != null ? 0 : entry.Projections.Count - 1;

    private StageEstimate Full(ClickData data) => Training("full", EmbeddingPlan.Uniform(fields, options.FullDim), data);

    /// <summary>Trainings of models that are no larger than the full one, which may teach them.</summary>
    private StageEstimate AtMost(StageEstimate full, string stage, int trainings)
        => (full with { Stage = $"{stage} (at most)", PeakBytes = full.PeakBytes + (options.TaughtShare > 0 ? options.Seeds * trainRows * TaughtBytes : 0) }).Repeated(trainings, pool.JobsAtATime);

    /// <summary>What looking for methods' plans takes, searches aside: that of a training at most, with as many numbers again as the tables have, and how often each value occurs.</summary>
    private StageEstimate Methods(StageEstimate full, int methods)
    {
        var linear = entry.LinearRow(options.ModelOptions);
        var numbers = fields.Sum(field => field.Rows * (options.FullDim + PlanBytes.LinearDim(linear, options.FullDim)));
        return full with { Stage = "methods (at most)", PeakBytes = full.PeakBytes + (methods * MethodBytes) + (long)(MethodCopies * sizeof(Real) * numbers) + (fields.Sum(field => field.Rows) * sizeof(long)) };
    }

    /// <summary>Trainings of methods' plans side by side and, before them, those by which each method's projection is chosen.</summary>
    private StageEstimate Plans(StageEstimate full, int methods, int trainings) => AtMost(full, "plans", trainings) with { Trainings = trainings + (methods * OtherProjections) };

    private long StepsPerEpoch => (trainRows + training.BatchSize - 1) / training.BatchSize;

    private StageEstimate Training(string stage, EmbeddingPlan plan, ClickData data) => pool.Jobs.On(lane => Training(stage, plan, data, lane));

    private StageEstimate Training(string stage, EmbeddingPlan plan, ClickData data, WorkerPool lane)
    {
        MemoryUse.Reset();
        var before = MemoryUse.Held;
        using var model = entry.Create(ModelContext.Planned(data.Fields, Cut(plan, MostRows), options.ModelOptions, training.Seed, lane));
        using var learner = new Learner(model, training);
        var sampler = new BatchSampler(data.Train, training.BatchSize, training.Seed);
        var step = Time(() =>
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
        });
        var evaluation = EvaluationSeconds(learner, data);
        int[] dims = [.. plan.Fields.Select(field => field.Dim)];
        return new StageEstimate(stage, PeakBytes(data, dims, training.Tables, plan.Forms), step, StepsPerEpoch, evaluation, Math.Min(TypicalEpochs, training.Epochs))
        {
            BuffersBytes = MemoryUse.Held - before + RowBytes + (pool.TableFolder == null ? TableBytes(fields, dims, training.Tables, plan.Forms) - TableBytes(data.Fields, dims, training.Tables, plan.Forms) : 0),
        };
    }

    private StageEstimate Search(ClickData data, bool inBlocks = false)
    {
        MemoryUse.Reset();
        using var search = new AutoDimSearch(entry, options.ModelOptions, training, options.Search, data, pool, inBlocks: inBlocks);
        var width = search.Embedding.Space.RowWidth;
        var sampler = new BatchSampler(data.Train, training.BatchSize, training.Seed);
        var weight = Time(() =>
        {
            sampler.Next(search.Learner.Input.Batch);
            search.WeightStep();
        });
        var resolved = options.Search.For(StepsPerEpoch);
        var every = resolved.UpdateEveryFor((long)((1 - resolved.WarmUp) * resolved.Epochs * StepsPerEpoch));
        var architecture = resolved.SingleLevel ? 0 : Time(search.ArchitectureStep) * (1 - resolved.WarmUp) / every;
        var evaluation = EvaluationSeconds(search.Learner, data);
        return new StageEstimate("search", PeakBytes(data, [.. fields.Select(_ => width)], training.Tables, []), weight + architecture, StepsPerEpoch, evaluation, resolved.Epochs);
    }

    /// <summary>Median seconds, after one call to warm up.</summary>
    private static double Time(Action step)
    {
        var seconds = new double[Batches * Repeats];
        step();
        for (var i = 0; i < seconds.Length; i++)
        {
            var clock = Stopwatch.StartNew();
            step();
            seconds[i] = clock.Elapsed.TotalSeconds;
        }

        Array.Sort(seconds);
        return seconds[seconds.Length / 2];
    }

    private double EvaluationSeconds(Learner learner, ClickData data)
    {
        learner.Score(data.Valid);
        var clock = Stopwatch.StartNew();
        learner.Score(data.Valid);
        return clock.Elapsed.TotalSeconds * validRows / data.Valid.RowCount;
    }

    /// <summary>
    /// What the made-up steps took at most, with the tables and samples of the run in place of the made-up ones. Tables in files are not counted: what the system keeps of them in memory, it gives back when that is wanted.
    /// </summary>
    private long PeakBytes(ClickData data, int[] dims, TableOptimizerOptions tables, IReadOnlyList<RowForm?> forms)
    {
        var samples = data.Train.RowCount * MadeUpSplit.ValuesPerSample(data.Fields).Sum() * sizeof(long);
        return MemoryUse.Peak + RunOverhead + RowBytes - samples + dataBytes - TableBytes(data.Fields, dims, tables, forms) + (pool.TableFolder == null ? TableBytes(fields, dims, tables, forms) : 0);
    }

    /// <summary>What a training holds of its rows beside the mapped data: the order of some, and the scores of those it is validated on.</summary>
    private long RowBytes => (OrderBytes * Math.Min(trainRows, MostInOrder)) + (ScoreBytes * validRows);

    /// <summary>Weights, the optimiser's state, and per row the step it was last touched on where the optimiser keeps that.</summary>
    /// <param name="forms">Of each field's vectors; those that are stored in few bits while they train take as many. None at all: each value has a row of numbers.</param>
    private long TableBytes(IReadOnlyList<Field> counted, int[] dims, TableOptimizerOptions tables, IReadOnlyList<RowForm?> forms)
    {
        var rows = counted.Sum(field => field.Rows);
        var weights = counted.Select((field, m) => field.Rows * dims[m]).Sum();
        var linear = entry.LinearRow(options.ModelOptions);
        var all = weights + counted.Select((field, m) => field.Rows * PlanBytes.LinearDim(linear, dims[m])).Sum();
        var tableRows = linear == LinearRow.None ? rows : 2 * rows;
        var state = counted.Select((field, m) => field.Rows * (TablePlacement.StateWidth(tables.Kind, dims[m]) + (linear == LinearRow.None ? 0 : TablePlacement.StateWidth(tables.Kind, PlanBytes.LinearDim(linear, dims[m]))))).Sum();
        var keepsSteps = tables.IsDense(all) || tables.L2 > 0 || tables.WeightDecay > 0;
        var saved = counted.Select((field, m) => forms.ElementAtOrDefault(m) is StoredForm stored && dims[m] > 1 ? field.Rows * ((sizeof(Real) * dims[m]) - RowFormat.Bytes(stored.Storage, dims[m])) : 0).Sum();
        return (sizeof(Real) * (all + state)) - saved + (keepsSteps ? sizeof(int) * tableRows : 0);
    }

    private static EmbeddingPlan Cut(EmbeddingPlan plan, long mostRows) => plan with { Fields = [.. plan.Fields.Select(field => field with { Rows = Math.Min(field.Rows, mostRows) })] };

    /// <summary>Of a field's table, its sequences included.</summary>
    private static int EntriesPerSample(Field field) => 1 + (field.Sequences ?? []).Sum(sequence => Math.Min(sequence.Length, MadeUpSplit.MostListed));

    /// <summary>Samples with Zipf frequencies, as click logs have.</summary>
    private ClickData MadeUpData(long mostRows, int batchSize)
    {
        var random = new CounterRandom(7, 0xE571);
        var cut = MadeUpSplit.Cut(fields, mostRows);
        var split = MadeUpSplit.Of(cut, Batches * batchSize, column =>
        {
            var zipf = new Zipf((int)column.Rows, DistinctValues.ZipfExponent);
            return draw => zipf.Draw(random.Uniform(draw));
        });
        return new ClickData("estimate", cut, split, split, split, "");
    }
}

/// <summary>What one stage will need.</summary>
/// <param name="PeakBytes">Resident memory of the process.</param>
/// <param name="StepSeconds">One training step.</param>
/// <param name="EvaluationSeconds">Scoring the validation split once.</param>
/// <param name="Epochs">Epochs assumed.</param>
internal sealed record StageEstimate(string Stage, long PeakBytes, double StepSeconds, long StepsPerEpoch, double EvaluationSeconds, int Epochs)
{
    /// <summary>How often the stage trains a model.</summary>
    public int Trainings { get; init; } = 1;

    /// <summary>How many of them at the same time; their memory is counted.</summary>
    public int AtATime { get; init; } = 1;

    /// <summary>Of <see cref="PeakBytes"/>, the weights, optimiser's state and activations of one training.</summary>
    public long BuffersBytes { get; init; }

    /// <summary>Several of the same training, as many side by side as may be: each has weights, optimiser's state and activations of its own.</summary>
    public StageEstimate Repeated(int trainings, int mostAtATime)
    {
        var atATime = Math.Min(trainings, mostAtATime);
        return this with { Trainings = trainings, AtATime = atATime, PeakBytes = PeakBytes + ((atATime - 1) * BuffersBytes) };
    }

    public double Seconds => (Trainings + AtATime - 1) / AtATime * Epochs * ((StepSeconds * StepsPerEpoch) + EvaluationSeconds);
}

using System.Globalization;
using System.Text.Json;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// AutoDim's search (Zhao et al., WWW 2021, algorithm 1): a warm-up in which α rests, then weights W learn on training batches
/// and every f steps α on a validation batch. With single-level search (AutoDim-s) α learns with W on training batches.
/// </summary>
internal sealed class AutoDimSearch : IDisposable
{
    private const string Stage = "search";
    private const int HistoryPoints = 60;

    private readonly AutoDimOptions options;
    private readonly ClickData data;
    private readonly RunFolder? folder;
    private readonly Learner learner;
    private readonly SearchEmbedding embedding;
    private readonly DenseOptimizer alphaOptimizer;
    private readonly BatchSampler train, valid;
    private readonly IndexedBatch validBatch;
    private readonly SecondOrderGradient? secondOrder;
    private readonly List<ArchitecturePoint> history = [];
    private readonly long steps, warmUpSteps;
    private readonly int updateEvery;
    private RankPace? pace;
    private double lossSum;
    private long lossCount;
    private double validAuc = double.NegativeInfinity;

    /// <param name="training">Batch size, learning rates, clipping and seed; the search has its own epochs and L2.</param>
    /// <param name="start">Where α starts; null: at no preference.</param>
    /// <param name="inBlocks">Whether popular and rare values of a field choose apart: <see cref="PopularityBlocks"/>. A multi-valued field chooses once, for it is mixed after its values are averaged.</param>
    public AutoDimSearch(ModelCatalog.Entry model, ModelOptions modelOptions, TrainingOptions training, AutoDimOptions options, ClickData data, WorkerPool pool, RunFolder? folder = null, WarmStart? start = null, bool inBlocks = false)
    {
        if (!model.HasVectors) throw new AutoDimException($"model '{model.Name}' has no embedding vectors, so there is no dimension to search");
        this.data = data;
        this.folder = folder;
        var space = new SearchSpace(data.Fields, options.Candidates, options.SeparateTables, inBlocks ? [.. data.Fields.Select((field, m) => field.MultiValued ? null : PopularityBlocks.Of(data.TrainCounts[m]))] : null);
        SearchEmbedding? made = null;
        var context = new ModelContext(data.Fields, modelOptions, new CounterRandom(training.Seed, ModelContext.Stream), pool, context => made = new SearchEmbedding(context, space, options));
        var searched = model.Create(context);
        embedding = made ?? throw new InvalidOperationException($"model '{model.Name}' made no embedding");
        start?.Fill(embedding.Alpha, space);
        learner = new Learner(searched, training with { Tables = training.Tables with { L2 = options.TableL2For(training.Tables.L2) } }) { Beside = [embedding.Alpha] };
        train = new BatchSampler(data.Train, training.BatchSize, training.Seed, pool.Ranks);
        this.options = options = options.For(train.BatchesPerEpoch);
        valid = new BatchSampler(data.Valid, training.BatchSize, training.Seed + 1, pool.Ranks);
        validBatch = new IndexedBatch(Learner.Model.Fields, training.BatchSize, Learner.Model.Set);
        steps = options.Epochs * train.BatchesPerEpoch;
        warmUpSteps = (long)(options.WarmUp * steps);
        updateEvery = options.SingleLevel ? 1 : options.UpdateEveryFor(steps - warmUpSteps);
        alphaOptimizer = DenseOptimizer.Create([embedding.Alpha], pool, OptimizerKind.Adam, options.AlphaLearningRateFor((steps - warmUpSteps) / updateEvery));
        if (options.SecondOrder && searched.Set.HasShared) throw new AutoDimException("second-order search moves rows back and forth and needs tables whole; raise --replicate, or leave --second-order out");
        secondOrder = options.SecondOrder && !options.SingleLevel ? new SecondOrderGradient(learner, embedding) : null;
    }

    /// <summary>Told after every step.</summary>
    public Action<TrainingProgress>? OnStep { get; set; }

    /// <summary>Told whenever α is noted.</summary>
    public Action<ArchitecturePoint>? OnPoint { get; set; }

    /// <summary>Told what the user should know of.</summary>
    public Action<string>? OnNote { get; set; }

    /// <summary>Told, once the search is over, how many of all candidates have been measured.</summary>
    public Action<int, int>? OnMeasured { get; set; }

    internal Learner Learner => learner;

    internal SearchEmbedding Embedding => embedding;

    private long Step => learner.Tables.Step;

    /// <summary>Searches, or goes on where a checkpoint stopped. Throws <see cref="OperationCanceledException"/> after saving one.</summary>
    public SearchResult Run(CancellationToken cancellation = default)
    {
        TryResume();
        pace = new RankPace(learner.Model.Context.Pool.Ranks, OnNote);
        while (Step < steps)
        {
            NextStep();
            AfterStep(cancellation);
        }

        return Result(cancellation);
    }

    public void Dispose()
    {
        secondOrder?.Dispose();
        alphaOptimizer.Dispose();
        validBatch.Dispose();
        learner.Dispose();
        learner.Model.Dispose();
        embedding.Alpha.Dispose();
    }

    /// <summary>The next training batch: α's step where one is due, then the weights'.</summary>
    internal void NextStep()
    {
        train.Next(learner.Input.Batch);
        embedding.Temperature = options.TemperatureAt((double)Math.Max(0, Step - warmUpSteps) / Math.Max(1, steps - warmUpSteps), Step * (double)learner.Options.BatchSize);
        if (!options.SingleLevel && Step >= warmUpSteps && (Step - warmUpSteps) % updateEvery == 0) ArchitectureStep();
        WeightStep();
    }

    /// <summary>W on a training batch; in single-level search α moves with it, by the same backward pass.</summary>
    internal void WeightStep()
    {
        var learnsAlpha = options.SingleLevel && Step >= warmUpSteps;
        embedding.Alpha.IsFrozen = !learnsAlpha;
        embedding.Alpha.DropGradient();
        embedding.Draw = 2 * Step;
        lossSum += learner.Step();
        lossCount++;
        if (learnsAlpha) alphaOptimizer.Update(1);
    }

    /// <summary>α on a validation batch (first order: W as it stands).</summary>
    internal void ArchitectureStep()
    {
        valid.Next(validBatch.Batch);
        embedding.Draw = (2 * Step) + 1;
        embedding.Alpha.IsFrozen = false;
        if (secondOrder != null) secondOrder.Compute(learner.Input, validBatch);
        else AlphaGradient(validBatch);
        alphaOptimizer.Update(1);
    }

    /// <summary>∂L/∂α on a batch, and nothing else's gradient; no running statistic moves.</summary>
    private void AlphaGradient(IndexedBatch batch)
    {
        embedding.Alpha.DropGradient();
        learner.GradientsBeside(batch);
    }

    private void AfterStep(CancellationToken cancellation)
    {
        if (Step % Math.Max(1, steps / HistoryPoints) == 0 || Step == steps) Note();
        OnStep?.Invoke(new TrainingProgress(Stage, train.Epoch + 1, options.Epochs, Step, steps, lossSum / lossCount, validAuc));
        if (Step % train.BatchesPerEpoch == 0)
        {
            validAuc = Auc.Compute(learner.Score(data.Valid), Labels.Of(data.Valid));
            lossSum = 0;
            lossCount = 0;
            Save();
            pace!.Restart();
        }

        if (!pace!.EndStep(cancellation.IsCancellationRequested)) return;
        Save();
        throw new OperationCanceledException(cancellation);
    }

    private void Note()
    {
        var point = new ArchitecturePoint(Step, embedding.Temperature, Probabilities()) { Loss = lossCount > 0 ? lossSum / lossCount : 0 };
        history.Add(point);
        OnPoint?.Invoke(point);
    }

    /// <summary>π of every choice over its allowed candidates; 0 for the others.</summary>
    private unsafe double[][] Probabilities()
    {
        var space = embedding.Space;
        var logs = stackalloc double[space.Candidates.Count];
        var all = new double[space.Choices.Count][];
        for (var m = 0; m < all.Length; m++)
        {
            GumbelSoftmax.LogSoftmax(embedding.Alpha.Row(m), logs, space.AllowedCounts[m]);
            all[m] = new double[space.AllowedCounts[m]];
            for (var n = 0; n < all[m].Length; n++) all[m][n] = Math.Exp(logs[n]);
        }

        return all;
    }

    private SearchResult Result(CancellationToken cancellation)
    {
        if (history.Count == 0 || history[^1].Step != Step) Note();
        var space = embedding.Space;
        FieldChoice[] choices = [.. history[^1].Probabilities.Zip(space.Choices, (pi, choice) => new FieldChoice(space.Fields[choice.Field].Name, [.. Enumerable.Range(0, pi.Count).Select(n => space.DimOf(choice.Field, n))], pi, []) { Block = choice.Block })];
        var aucs = CandidateMeasurement.Aucs(learner, embedding, data.Valid, [.. choices.Select(choice => choice.Best)], (done, total) => OnMeasured?.Invoke(done, total), cancellation);
        return new SearchResult([.. choices.Select((choice, m) => choice with { ValidAucs = aucs[m] })], history, validAuc, steps, (steps - warmUpSteps) / updateEvery);
    }

    private Checkpoint Checkpoint => folder!.Checkpoint(Stage);

    private IReadOnlyList<NamedArray> State() =>
        [.. LearnerState.All(learner), NamedArray.Of(embedding.Alpha), NamedArray.Of("optimizer.alpha", alphaOptimizer.State[0])];

    private void Save()
    {
        learner.MergeStatistics();
        learner.CheckNumbers();
        if (Divergence.In([NamedArray.Of(embedding.Alpha)]) is { } place) throw new DivergenceException($"α diverged by step {Step} of the search: {place}; lower --search-alpha-learning-rate");
        if (folder == null) return;
        Checkpoint.Write(State(), new Dictionary<string, string>
        {
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["alphaStep"] = alphaOptimizer.Step.ToString(CultureInfo.InvariantCulture),
            ["trainEpoch"] = train.Epoch.ToString(CultureInfo.InvariantCulture),
            ["trainPosition"] = train.Position.ToString(CultureInfo.InvariantCulture),
            ["validEpoch"] = valid.Epoch.ToString(CultureInfo.InvariantCulture),
            ["validPosition"] = valid.Position.ToString(CultureInfo.InvariantCulture),
            ["lossSum"] = lossSum.ToString("R", CultureInfo.InvariantCulture),
            ["lossCount"] = lossCount.ToString(CultureInfo.InvariantCulture),
            ["validAuc"] = validAuc.ToString("R", CultureInfo.InvariantCulture),
            ["history"] = JsonSerializer.Serialize(history, SearchJson.Default.ListArchitecturePoint),
        });
    }

    private void TryResume()
    {
        if (folder == null || !Checkpoint.Exists) return;
        var state = Checkpoint.Read(State());
        long Whole(string key) => long.Parse(state[key], CultureInfo.InvariantCulture);
        learner.Tables.Step = learner.Dense.Step = Whole("step");
        alphaOptimizer.Step = Whole("alphaStep");
        train.Seek(Whole("trainEpoch"), Whole("trainPosition"));
        valid.Seek(Whole("validEpoch"), Whole("validPosition"));
        lossSum = double.Parse(state["lossSum"], CultureInfo.InvariantCulture);
        lossCount = Whole("lossCount");
        validAuc = double.Parse(state["validAuc"], CultureInfo.InvariantCulture);
        history.AddRange(JsonSerializer.Deserialize(state["history"], SearchJson.Default.ListArchitecturePoint)!);
    }
}

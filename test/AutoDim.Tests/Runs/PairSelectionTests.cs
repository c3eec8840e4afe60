using System.Text.Json;
using AutoDim.Data;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

/// <summary>AutoFIS' two stages as two trainings: the second keeps the first's pairs.</summary>
public sealed class PairSelectionTests : IDisposable
{
    private readonly PreparedClicks clicks = new();
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);
    private readonly ClickData data;

    public PairSelectionTests() => data = clicks.Open();

    public void Dispose()
    {
        data.Dispose();
        pool.Dispose();
        folder.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void Execute_SearchThenRetrain_KeepsThePairsInModelAndResult()
    {
        var (searched, _) = Execute("search", c: Selective);
        searched.Pairs!.Kept.Count.ShouldBeInRange(1, searched.Pairs.Of - 1);
        var (retrained, notes) = Execute("retrain", startFrom: "search");
        retrained.Pairs!.Kept.ShouldBe(searched.Pairs.Kept);
        retrained.Pairs.Of.ShouldBe(searched.Pairs.Of);
        notes.ShouldContain($"autofis: kept {searched.Pairs.Kept.Count} of {searched.Pairs.Of} pairs");
        File.ReadAllText(Path.Combine(folder.File("retrain"), "result.json")).ShouldContain(JsonSerializer.Serialize(searched.Pairs.Kept[0]));
        using var loaded = TrainedModel.Load(TrainedModel.Find(folder.File("retrain")), pool);
        loaded.Manifest.Options.Pairs.ShouldBe(searched.Pairs.Kept);
        loaded.Model.Parameters.Single(parameter => parameter.Name == "gates").Rows.ShouldBe(searched.Pairs.Kept.Count);
        using var scorer = new Scorer(loaded.Model, 100);
        AutoDim.Evaluation.Auc.Compute(scorer.Score(data.Valid), Labels.Of(data.Valid)).ShouldBe(retrained.Valid.Auc);
    }

    [Fact]
    public void Execute_TriplesToo_KeepsThemInTheRetrainedModel()
    {
        var (searched, _) = Execute("search", c: Selective, order: 3);
        searched.Pairs!.Triples.Count.ShouldBeInRange(1, searched.Pairs.OfTriples);
        var (retrained, _) = Execute("retrain", startFrom: "search");
        retrained.Pairs!.Triples.ShouldBe(searched.Pairs.Triples);
        retrained.Pairs.Kept.ShouldBe(searched.Pairs.Kept);
        retrained.Pairs.ToString().ShouldBe(searched.Pairs.ToString());
        using var loaded = TrainedModel.Load(TrainedModel.Find(folder.File("retrain")), pool);
        loaded.Manifest.Options.Triples.ShouldBe(searched.Pairs.Triples);
    }

    /// <summary>Run again after it has ended, and after a checkpoint alone is left, a re-training gives the same.</summary>
    [Fact]
    public void Execute_RetrainingCancelledAndResumed_SameResult()
    {
        Execute("search", c: Selective);
        var (expected, _) = Execute("whole", startFrom: "search");
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Job("resumed", startFrom: "search", new Cancelling(cancellation, steps: 5)).Execute(cancellation.Token));
        var (resumed, _) = Execute("resumed", startFrom: "search");
        resumed.Valid.Aucs.ShouldBe(expected.Valid.Aucs);
        Bench.ShouldBeSame(Weights("resumed"), Weights("whole"));
    }

    [Fact]
    public void Execute_SearchThatKeptNothing_SaysWhy()
    {
        Execute("search", c: 10).Result.Pairs!.Kept.ShouldBeEmpty();
        Should.Throw<AutoDimException>(() => Execute("retrain", startFrom: "search")).Message.ShouldContain("search with a smaller --grda-c");
    }

    [Fact]
    public void Execute_OtherModel_SelectsNothing() => Execute("fm", model: "fm").Result.Pairs.ShouldBeNull();

    /// <summary>c that closes some gates on these clicks, not all.</summary>
    private const double Selective = 0.03;

    private (TrainJobResult Result, List<string> Notes) Execute(string name, string? startFrom = null, double c = 0, string model = "autofis", int order = 2)
    {
        var observer = new Listening();
        return (Job(name, startFrom, observer, c, model, order).Execute(TestContext.Current.CancellationToken), observer.Notes);
    }

    private TrainJob Job(string name, string? startFrom, RunObserver observer, double c = 0, string model = "autofis", int order = 2) => new(
        data,
        new TrainJobOptions
        {
            Model = model,
            Dim = 3,
            StartFrom = startFrom == null ? null : folder.File(startFrom),
            ModelOptions = new ModelOptions { Hidden = [4], InitialDeviation = 0.3, InteractionOrder = order },
            Training = new TrainingOptions { Epochs = 3, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 }, Grda = new GrdaOptions { C = c } },
        },
        new RunFolder(folder.File(name)),
        pool,
        observer);

    private Dictionary<string, Real[]> Weights(string name)
    {
        using var trained = TrainedModel.Load(TrainedModel.Find(folder.File(name)), pool);
        return Bench.Copy(LearnerState.Weights(trained.Model));
    }

    private sealed class Listening : RunObserver
    {
        public List<string> Notes { get; } = [];

        public override void Note(string text) => Notes.Add(text);
    }

    private sealed class Cancelling(CancellationTokenSource cancellation, int steps) : RunObserver
    {
        private int made;

        public override void Step(TrainingProgress progress)
        {
            if (++made == steps) cancellation.Cancel();
        }
    }
}

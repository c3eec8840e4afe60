using AutoDim.Data;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed class TrainerTests : IDisposable
{
    private static readonly int[] Dims = [1, 5, 2, 1];

    private readonly TemporaryFolder folder = new();
    private readonly ClickData data = Toy.Clicks();

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Fit_NoImprovement_LowersTheRateThenStopsWithTheBestWeights()
    {
        // No epoch after the first improves by 1, so the first is the best.
        var options = Bench.SmallTraining with { MinimumImprovement = 1, Patience = 4, PlateauFactor = 0.1, LearningRate = 0.01, MinimumLearningRate = 5e-5 };
        List<double> rates = [];
        using Bench stopped = New(options), one = New(options with { Epochs = 1 });
        var result = new Trainer(stopped.Learner, data) { OnEpoch = epoch => rates.Add(epoch.RateFactor) }.Fit(TestContext.Current.CancellationToken);
        var expected = new Trainer(one.Learner, data).Fit(TestContext.Current.CancellationToken);
        rates.Select(rate => Math.Round(rate, 9)).ShouldBe([1, 0.1, 0.01, 0.005, 0.005]);
        (result.BestEpoch, result.ValidAuc).ShouldBe((1, expected.ValidAuc));
        result.Steps.ShouldBe(5 * 13);
        Bench.ShouldBeSame(stopped.Weights(), one.Weights());
    }

    [Fact]
    public void Fit_RateBelowItsFloor_IsNotRaised()
    {
        List<double> rates = [];
        using var bench = New(Bench.SmallTraining with { MinimumImprovement = 1, LearningRate = 1e-4, MinimumLearningRate = 1e-3 });
        new Trainer(bench.Learner, data) { OnEpoch = epoch => rates.Add(epoch.RateFactor) }.Fit(TestContext.Current.CancellationToken);
        rates.ShouldBe([1, 1, 1]);
    }

    [Fact]
    public void Fit_DataWithSignal_LearnsAndGivesItsBestEpoch()
    {
        List<double> aucs = [];
        using var bench = New(Bench.SmallTraining with { Epochs = 20 });
        var result = new Trainer(bench.Learner, data) { OnEpoch = epoch => aucs.Add(epoch.ValidAuc) }.Fit(TestContext.Current.CancellationToken);
        result.ValidAuc.ShouldBe(aucs.Max());
        aucs[(int)result.BestEpoch - 1].ShouldBe(result.ValidAuc);
        result.ValidAuc.ShouldBeGreaterThan(0.7);
        AutoDim.Evaluation.Auc.Compute(bench.Learner.Score(data.Valid), Labels.Of(data.Valid)).ShouldBe(result.ValidAuc); // the weights it came back with
    }

    [Fact]
    public void Constructor_ValidationOfOneClass_Refused()
    {
        using var bench = New(Bench.SmallTraining);
        using var oneClass = new ClickData("toy", SmallData.Fields, Toy.Split(50, 1), new MemorySplit([1, 1], [[0, 1], [0, 1], [0, 1], [0, 1]], [null, null, [0, 1, 2], null]), Toy.Split(50, 2), "");
        Should.Throw<AutoDimException>(() => new Trainer(bench.Learner, oneClass)).Message.ShouldContain("has 2 rows, all with label 1");
    }

    [Theory]
    [InlineData(false, 1), InlineData(false, 7), InlineData(false, 13), InlineData(false, 14), InlineData(false, 31)]
    [InlineData(true, 1), InlineData(true, 7), InlineData(true, 13), InlineData(true, 14), InlineData(true, 31)]
    public void Fit_CancelledAndResumed_SameBitsAsUninterrupted(bool isLazy, int steps)
    {
        var expected = Uninterrupted(isLazy);
        using (var cancelled = New(Options(isLazy))) Should.Throw<OperationCanceledException>(() => FitFor(cancelled, steps));
        using var resumed = New(Options(isLazy));
        ShouldFinishAs(expected, resumed);
    }

    public static TheoryData<string> RowForms() => [.. Bench.RowFormNames];

    /// <summary>The second with two dense optimisers, of weights and of gates; then every form of rows.</summary>
    [Theory, InlineData("deepfm"), InlineData("autofis"), MemberData(nameof(RowForms))]
    public void Fit_CancelledAtEveryStep_SameBitsAsUninterrupted(string model)
    {
        var expected = Uninterrupted(isLazy: true, model);
        for (var attempt = 0; attempt < 38; attempt++)
        {
            using var bench = New(Options(isLazy: true), model);
            Should.Throw<OperationCanceledException>(() => FitFor(bench, 1));
        }

        using var last = New(Options(isLazy: true), model);
        ShouldFinishAs(expected, last);
    }

    /// <summary>A crash after the best weights of an epoch were written, but before its checkpoint: an older checkpoint, newer best weights.</summary>
    [Fact]
    public void Fit_OlderCheckpointThanBestWeights_SameBitsAsUninterrupted()
    {
        var expected = Uninterrupted(isLazy: false);
        var run = new RunFolder(folder.File("run"));
        using (var cancelled = New(Options(false))) Should.Throw<OperationCanceledException>(() => FitFor(cancelled, 17));
        var older = File.ReadAllBytes(run.Checkpoint("train").Path);
        using (var finished = New(Options(false))) ShouldFinishAs(expected, finished);
        File.WriteAllBytes(run.Checkpoint("train").Path, older);
        using var resumed = New(Options(false));
        ShouldFinishAs(expected, resumed);
    }

    [Fact]
    public void Fit_FinishedBefore_TrainsNothingAndGivesTheSame()
    {
        using (var first = New(Options(false))) FitFor(first, int.MaxValue);
        using var again = New(Options(false));
        var steps = 0;
        new Trainer(again.Learner, data, new RunFolder(folder.File("run"))) { OnStep = _ => steps++ }.Fit(TestContext.Current.CancellationToken);
        steps.ShouldBe(0);
        using var memory = New(Options(false));
        new Trainer(memory.Learner, data).Fit(TestContext.Current.CancellationToken);
        Bench.ShouldBeSame(again.Weights(), memory.Weights());
    }

    [Fact]
    public void Fit_CheckpointOfAnotherModel_Refused()
    {
        using (var first = New(Options(false))) Should.Throw<OperationCanceledException>(() => FitFor(first, 3));
        using var other = new Bench("deepfm", [2, 5, 2, 1], training: Options(false));
        Should.Throw<AutoDimException>(() => FitFor(other, 3)).Message.ShouldContain("belongs to another model");
    }

    /// <summary>Every epoch at the same rate, and the weights of the last: nothing is chosen.</summary>
    [Theory, InlineData(1), InlineData(13), InlineData(20), InlineData(39)]
    public void Fit_NoValidation_TrainsToTheLastEpochAndGoesOnWhereItStopped(int steps)
    {
        using var whole = New(Options(isLazy: true));
        var sampler = new BatchSampler(data.Train, whole.Learner.Options.BatchSize, whole.Learner.Options.Seed);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            sampler.Seek(epoch, 0);
            while (sampler.TryNext(whole.Learner.Input.Batch)) whole.Learner.Step();
        }

        whole.Learner.Tables.CatchUpAll();
        using var cancellation = new CancellationTokenSource();
        var made = 0;
        Trainer Trainer(Bench bench) => new(bench.Learner, data.Train, valid: null, new RunFolder(folder.File("run")), "update")
        {
            OnStep = _ =>
            {
                if (++made == steps) cancellation.Cancel();
            },
            OnEpoch = _ => Assert.Fail("nothing is validated"),
        };
        using (var stopped = New(Options(isLazy: true))) Should.Throw<OperationCanceledException>(() => Trainer(stopped).Fit(cancellation.Token));
        using var resumed = New(Options(isLazy: true));
        Trainer(resumed).Fit(TestContext.Current.CancellationToken).Steps.ShouldBe(39);
        made.ShouldBe(39);
        Bench.ShouldBeSame(resumed.Weights(), whole.Weights());
    }

    private static Bench New(TrainingOptions options, string model = "deepfm") => new(model, Dims, training: options);

    /// <summary>Three epochs of 13 steps, the rate lowered after the second and third.</summary>
    private static TrainingOptions Options(bool isLazy) => Bench.SmallTraining with
    {
        Epochs = 3,
        LearningRate = 0.003,
        MinimumImprovement = 0.5,
        Patience = 5,
        Tables = new TableOptimizerOptions { LearningRate = 0.003, L2 = 1e-2, Dense = !isLazy },
    };

    private (TrainingResult Result, Dictionary<string, Real[]> Weights, Dictionary<string, Real[]> State) Uninterrupted(bool isLazy, string model = "deepfm")
    {
        using var bench = New(Options(isLazy), model);
        var result = new Trainer(bench.Learner, data).Fit(TestContext.Current.CancellationToken);
        return (result, bench.Weights(), bench.State());
    }

    private TrainingResult FitFor(Bench bench, int steps)
    {
        using var cancellation = new CancellationTokenSource();
        var made = 0;
        return new Trainer(bench.Learner, data, new RunFolder(folder.File("run")))
        {
            OnStep = _ =>
            {
                if (++made == steps) cancellation.Cancel();
            },
        }.Fit(cancellation.Token);
    }

    private void ShouldFinishAs((TrainingResult Result, Dictionary<string, Real[]> Weights, Dictionary<string, Real[]> State) expected, Bench bench)
    {
        FitFor(bench, int.MaxValue).ShouldBe(expected.Result);
        Bench.ShouldBeSame(bench.Weights(), expected.Weights);
        Bench.ShouldBeSame(bench.State(), expected.State); // the optimisers' too: those of the last epoch, not the best
    }
}

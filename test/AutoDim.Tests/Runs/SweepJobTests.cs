using AutoDim.Data;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class SweepJobTests : IDisposable
{
    private readonly PreparedClicks clicks = new();
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);
    private readonly ClickData data;

    private static readonly SweepOptions Small = new()
    {
        Vary = "learning-rate=1e-5..3e-2 hidden=4|8,8",
        Trials = 6,
        FirstEpochs = 1,
        Reduction = 2,
        Job = new TrainJobOptions { Model = "dnn", Dim = 3, Training = new TrainingOptions { Epochs = 5, BatchSize = 128, Tables = new() { LearningRate = 0.01 } } },
    };

    public SweepJobTests() => data = clicks.Open();

    public void Dispose()
    {
        data.Dispose();
        pool.Dispose();
        folder.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void Execute_SixTrials_FewerAndFewerGoOnAndTheBestIsThePlainTraining()
    {
        var result = Execute(Small, "sweep");
        result.Dropped.Select(trial => trial.Number).Append(result.Best.Number).Order().ShouldBe([1, 2, 3, 4, 5, 6]);
        var batches = (data.Train.RowCount + 127) / 128;
        result.Dropped.Select(trial => trial.Steps / batches).ShouldBe([2, 2, 1, 1, 1]); // three of six after one epoch, one of three after two
        result.Dropped.Take(2).ShouldAllBe(trial => trial.ValidAuc <= result.Best.ValidAuc);

        var job = Small.Job;
        var plain = new TrainJob(data, job with
        {
            ModelOptions = new ModelOptions { Hidden = [.. result.Best.Settings["hidden"].Split(',').Select(int.Parse)] },
            Training = job.Training with { LearningRate = double.Parse(result.Best.Settings["learning-rate"], System.Globalization.CultureInfo.InvariantCulture) },
        }, new RunFolder(folder.File("plain")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        result.Best.ValidAuc.ShouldBe(plain.Valid.Auc);
        Directory.GetFiles(folder.Path, "trial-*.safetensors", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    /// <summary>Of a run's plan that keeps some numbers of its rows, trials keep the same ones.</summary>
    [Fact]
    public void Execute_PlanWithMasks_BestIsThePlainTrainingByThatPlan()
    {
        var run = new RunOptions { Model = "fm", TuneL2 = [1e-4], Budget = "60%", Methods = ["magnitude"], Storages = ["float32"], Distillation = 0, Baselines = Baselines.None, Dim = 4, Training = Small.Job.Training };
        new Run(data, run, new RunFolder(folder.File("run")), pool, new RunObserver()).Execute(0, TestContext.Current.CancellationToken);
        var job = new TrainJobOptions { Model = "fm", Plan = folder.File("run/plan.json"), Training = Small.Job.Training };
        File.ReadAllText(job.Plan).ShouldContain("sparse:");
        var best = Execute(Small with { Vary = "table-l2=1e-5|1e-3", Trials = 3, Job = job }, "sweep").Best;
        var l2 = double.Parse(best.Settings["table-l2"], System.Globalization.CultureInfo.InvariantCulture);
        var plain = new TrainJob(data, job with { Training = job.Training with { Tables = job.Training.Tables with { L2 = l2 } } }, new RunFolder(folder.File("plain")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        best.ValidAuc.ShouldBe(plain.Valid.Auc);
    }

    /// <summary>Rows that are rounded in training start from the same plan trained without that, which is what trials do.</summary>
    [Fact]
    public void Execute_PlanThatRounds_BestIsTheTrainingBeforeRounding()
    {
        string Plan(string name, string form)
        {
            File.WriteAllText(folder.File(name), $$"""
                {"formatVersion": 1, "fields": [{"field": "user", "dim": 3{{form}}}, {"field": "item", "dim": 4}, {"field": "tags", "dim": 4}, {"field": "price", "dim": 2}]}
                """);
            return folder.File(name);
        }

        double Best(string plan) => Execute(Small with { Job = Small.Job with { Plan = plan } }, Path.GetFileName(plan) + "-sweep").Best.ValidAuc;
        Best(Plan("rounded.json", """, "form": "rounded:2", "storage": "int2" """)).ShouldBe(Best(Plan("plain.json", "")));
    }

    [Fact]
    public void Execute_StoppedAnywhereAndGoneOnWith_SameResult()
    {
        Execute(Small, "whole");
        foreach (var steps in (int[])[1, 20, 5, 40])
        {
            using var stop = new CancellationTokenSource();
            Should.Throw<OperationCanceledException>(() => new SweepJob(data, Small, new RunFolder(folder.File("stopped")), pool, new Canceller("trial", steps, stop)).Execute(stop.Token));
        }

        Execute(Small, "stopped");
        File.ReadAllText(folder.File("stopped/result.json")).ShouldBe(File.ReadAllText(folder.File("whole/result.json")));
    }

    [Fact]
    public void Execute_TrialThatDiverges_IsDroppedFirst()
    {
        var result = Execute(Small with { Trials = 8, Vary = "clip-norm=0 table-optimizer=sgd table-learning-rate=0.01|10 table-l2=10" }, "sweep"); // a step of 10 times an L2 of 10 sends rows away
        result.Best.Diverged.ShouldBeFalse();
        result.Dropped.ShouldContain(trial => trial.Diverged);
        result.Dropped.ShouldAllBe(trial => trial.Diverged == (trial.ValidAuc == 0) && (!trial.Diverged || trial.Settings["table-learning-rate"] == "10"));
    }

    /// <summary>The teacher's share is a setting like others, and the best trial is the plain training with it.</summary>
    [Fact]
    public void Execute_Teacher_ItsShareIsVaried()
    {
        var training = Small.Job.Training with { Epochs = 2 };
        TrainJobResult Train(string name, TrainJobOptions job) => new TrainJob(data, job, new RunFolder(folder.File(name)), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        Train("teacher", new TrainJobOptions { Model = "fm", Training = training });
        var job = new TrainJobOptions { Model = "fm", Dim = 2, Teacher = folder.File("teacher"), Training = training };
        var best = Execute(new SweepOptions { Vary = "distillation=0..1", Trials = 2, Job = job }, "sweep").Best;
        best.ValidAuc.ShouldBe(Train("plain", job with { Distillation = double.Parse(best.Settings["distillation"], System.Globalization.CultureInfo.InvariantCulture) }).Valid.Auc);
    }

    [Theory, InlineData("dropout=0..0.1 storage=int8|int4", false), InlineData("dropout=0..0.1", true)]
    public void Constructor_RowsThatATrialCannotHave_Refused(string vary, bool starts)
        => Should.Throw<AutoDimException>(() => Execute(Small with { Vary = vary, Job = Small.Job with { StartFrom = starts ? folder.Path : null } }, "sweep")).Message.ShouldContain("leave out --start-from");

    [Theory]
    [InlineData("", "--vary is empty"), InlineData("speed=1..2", "no setting of a training"), InlineData("dropout", "says nothing of 'dropout'"), InlineData("dropout=", "says nothing of 'dropout'")]
    [InlineData("dropout=0..2", "--vary dropout is '2', expected a number from 0 to 0.95"), InlineData("dropout=0.5..0.1", "must be below"), InlineData("batch-norm=1..2", "is no number")]
    [InlineData("dropout=0..0.1 dropout=0..0.2", "2 times"), InlineData("hidden=4|x", "--vary hidden is 'x'")]
    public void Parse_Mistake_IsTold(string text, string reason) => Should.Throw<AutoDimException>(() => VariedSetting.Parse(text)).Message.ShouldContain(reason);

    [Fact]
    public void Draw_ManyTimes_ValuesLieAsDescribed()
    {
        var varied = VariedSetting.Parse("table-l2=1e-6..1e-2 dropout=0.1..0.5 batch-size=8..10 hidden=4|8,8|16");
        string[][] drawn = [.. varied.Select(setting => Enumerable.Range(0, 2000).Select(i => setting.Draw(new CounterRandom(1, 2).Fork((ulong)i))).ToArray())];
        double[] l2 = [.. drawn[0].Select(Number)], dropout = [.. drawn[1].Select(Number)];
        (l2.Min() >= 1e-6 && l2.Max() <= 1e-2).ShouldBeTrue();
        l2.Count(value => value < 1e-4).ShouldBeInRange(900, 1100); // half of the decades
        dropout.Count(value => value < 0.3).ShouldBeInRange(900, 1100);
        (dropout.Min() >= 0.1 && dropout.Max() <= 0.5).ShouldBeTrue();
        foreach (var whole in (string[])["8", "9", "10"]) drawn[2].Count(value => value == whole).ShouldBeInRange(580, 750);
        foreach (var choice in (string[])["4", "8,8", "16"]) drawn[3].Count(value => value == choice).ShouldBeInRange(580, 750);
    }

    private static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private SweepResult Execute(SweepOptions options, string name) => new SweepJob(data, options, new RunFolder(folder.File(name)), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
}

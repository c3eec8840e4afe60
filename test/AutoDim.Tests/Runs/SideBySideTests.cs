using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

/// <summary>Several trainings at a time come to what one after another does, to the bit.</summary>
public sealed class SideBySideTests : IDisposable
{
    private static readonly TrainingOptions Training = new() { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };
    private static readonly ModelOptions Model = new() { Hidden = [8], InitialDeviation = 0.1 };
    private static readonly AutoDimOptions Search = new() { Candidates = [1, 2, 4], Epochs = 2, AlphaLearningRate = 0.05 };

    /// <summary>What a machine's load changes.</summary>
    private static readonly string[] Measured = ["seconds", "peakRss", "stepsPerSecond", "searchStepsPerSecond", "searchPeakRss", "searchSeconds", "scoringMicroseconds", "secondsPerTraining"];

    private readonly PreparedClicks clicks = new();
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();

    public SideBySideTests() => data = clicks.Open();

    public void Dispose()
    {
        folder.Dispose();
        data.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void Run_EveryBaselineOverSeeds_Same()
    {
        var options = new RunOptions { Seeds = 2, Baselines = Baselines.All, TuneL2 = [1e-5, 1e-2], ModelOptions = Model, Training = Training, Search = Search };
        Same((place, pool) => new Run(data, options, place, pool, new RunObserver()).Execute(0, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Run_WithinABudget_Same()
    {
        var options = new RunOptions { Budget = "60%", Seeds = 2, TuneL2 = [1e-5], ModelOptions = Model, Training = Training, Search = Search };
        Same((place, pool) => new Run(data, options, place, pool, new RunObserver()).Execute(0, TestContext.Current.CancellationToken));
    }

    /// <summary>Methods ask for the same trainings: each is made once, whoever asks first.</summary>
    [Fact]
    public void Compare_PlansThatShareTrainings_Same()
    {
        var options = new CompareOptions { Models = ["fm"], Methods = ["rounded", "measured-rounded", "folding"], Budgets = ["60%", "40%"], Storages = ["int8", "int2"], Seeds = 2, TuneL2 = [1e-5, 1e-2], ModelOptions = Model, Training = Training, Search = Search };
        Same((place, pool) => new Comparison(data, options, place, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Sweep_Trials_Same()
    {
        var options = new SweepOptions { Vary = "learning-rate=1e-3..1e-1 hidden=4|8,8", Trials = 6, Job = new TrainJobOptions { Model = "deepfm", Dim = 4, ModelOptions = Model, Training = Training } };
        Same((place, pool) => new SweepJob(data, options, place, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Train_StoppedWithSeveralUnderWayAndGoneOnWith_Same()
    {
        var options = new TrainJobOptions { Model = "deepfm", Dim = 4, Seeds = 3, TuneL2 = [1e-5, 1e-4, 1e-2], Test = true, ModelOptions = Model, Training = Training };
        Same((place, pool) =>
        {
            if (pool.JobsAtATime > 1)
            {
                using var stop = new CancellationTokenSource();
                Should.Throw<OperationCanceledException>(() => new TrainJob(data, options, place, pool, new StopAt(40, stop)).Execute(stop.Token));
                Directory.GetFiles(place.File("checkpoint")).Length.ShouldBeGreaterThan(1);
            }

            new TrainJob(data, options, place, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        });
    }

    private void Same(Action<RunFolder, WorkerPool> execute)
    {
        foreach (var jobs in (ReadOnlySpan<int>)[1, 3])
        {
            using var pool = new WorkerPool(3) { JobsAtATime = jobs };
            using var place = new RunFolder(folder.File($"jobs-{jobs}"), isLocked: true);
            execute(place, pool);
        }

        Result(3).ShouldBe(Result(1));
        foreach (var weights in Directory.GetFiles(folder.File("jobs-1"), "*.safetensors", SearchOption.AllDirectories).Where(path => !path.Contains("/search/", StringComparison.Ordinal)))
        {
            File.ReadAllBytes(weights.Replace("jobs-1", "jobs-3", StringComparison.Ordinal)).ShouldBe(File.ReadAllBytes(weights), weights);
        }
    }

    private string Result(int jobs)
    {
        var result = JsonNode.Parse(File.ReadAllText(folder.File($"jobs-{jobs}/result.json")))!;
        Forget(result);
        return result.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static void Forget(JsonNode node)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array.OfType<JsonNode>()) Forget(item);
        }
        else if (node is JsonObject item)
        {
            foreach (var name in Measured) item.Remove(name);
            foreach (var (_, value) in item) if (value != null) Forget(value);
        }
    }

    private sealed class StopAt(int steps, CancellationTokenSource cancellation) : RunObserver
    {
        private int seen;

        public override void Step(TrainingProgress progress)
        {
            if (++seen == steps) cancellation.Cancel();
        }
    }
}

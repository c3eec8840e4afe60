using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Runs;

/// <summary>Alone, because an estimate looks at what the whole process has in memory.</summary>
[Collection(nameof(Alone))]
public sealed class RunEstimateTests
{
    private static readonly RunOptions Options = new() { Model = "fm", TuneL2 = [0], Search = new() { Candidates = [2, 8], Epochs = 3 } };

    [Fact]
    public void Stages_MoreRows_CostTheirWeightsAndState()
    {
        long small = Peak(300_000), large = Peak(5_300_000);

        // 8 + 1 numbers a row and two moments of each; the process's own memory varies by some megabytes.
        ((double)(large - small)).ShouldBe(5_000_000.0 * 9 * 3 * sizeof(float), 60e6);

        static long Peak(long rows) => Stages(new Field("user", rows), new Field("item", 100))[0].PeakBytes;
    }

    /// <summary>A teacher's log-odds of every training row, for each seed.</summary>
    [Fact]
    public void Stages_Distillation_CostsFourBytesARowAndSeed()
    {
        using var pool = new WorkerPool(1);
        long Peak(double share) => new RunEstimate([new Field("user", 50), new Field("item", 20)], 50_000_000, 2_000, 0, Options with { Distillation = share, Seeds = 3 }, pool).Stages()[^1].PeakBytes;
        ((double)(Peak(0.5) - Peak(0))).ShouldBe(3 * 50_000_000.0 * sizeof(float), 60e6); // the process's own memory varies by some megabytes
    }

    [Fact]
    public void Stages_OfARun_AreFullSearchSlimAndUniform()
    {
        var stages = Stages(new Field("user", 50), new Field("item", 20));
        stages.Select(stage => stage.Stage).ShouldBe(["full", "search", "slim (at most)", "uniform (at most)"]);
        stages[1].Epochs.ShouldBe(3);
        stages.ShouldAllBe(stage => stage.StepSeconds > 0 && stage.Seconds > 0);
    }

    /// <summary>With every baseline, uniform models of several dimensions train side by side, and so do plans that have none in common, though each is trained once.</summary>
    [Fact]
    public void Stages_EveryBaselineThreeAtATime_PlansAreSideBySide()
    {
        var stages = Stages(Options with { Baselines = Baselines.All, Projection = Projection.Linear }, 3, new Field("user", 5000), new Field("item", 20));
        stages.Select(stage => (stage.Stage, stage.Trainings, stage.AtATime)).ShouldBe([("full", 1, 1), ("search", 1, 1), ("slim (at most)", 1, 1), ("others (at most)", 5 + 3, 3), ("uniform (at most)", 2 + 5, 3)]);
        stages[4].PeakBytes.ShouldBe(stages[0].PeakBytes + (2 * stages[0].BuffersBytes));
        stages[0].BuffersBytes.ShouldBeGreaterThan(5000 * 9 * 3 * sizeof(float));
    }

    /// <summary>A goal asks every method with every storage that suits it, and all their plans are trained, one of each method in two projections; those of one method perhaps without first-order weights too.</summary>
    [Fact]
    public void Stages_OfAGoal_HaveMethodsAndTheirPlans()
    {
        var stages = Stages(Options with { Budget = "50%", Methods = ["measured", "uniform", "measured-blocks-mixed"], Storages = ["int8", "int4", "int2"] }, 8, new Field("user", 5000), new Field("item", 20));
        stages.Select(stage => stage.Stage).ShouldBe(["full", "search", "methods (at most)", "plans (at most)", "first order from vectors (at most)", "slim (at most)", "uniform (at most)"]);
        (stages[3].Trainings, stages[3].AtATime).ShouldBe((2 + 2 + 1 + 3, 5));
        stages[4].Trainings.ShouldBe(1 + 3 + 1);
        stages[6].Trainings.ShouldBe(3);
        (stages[2].PeakBytes - stages[0].PeakBytes).ShouldBe((5020 * 9 * sizeof(float)) + (5020 * sizeof(long)) + (3 * 1_500_000));
    }

    /// <summary>Rows of eight bits with a byte of scale, at 3 million rows of 31 numbers, take three bytes a number less while they train; their state stays.</summary>
    [Fact]
    public void Training_StoredRows_TakeTheirBytes()
    {
        using var pool = new WorkerPool(1);
        Field[] fields = [new("user", 3_000_000), new("item", 100)];
        var estimate = new RunEstimate(fields, 20_000, 2_000, 0, Options, pool);
        long Buffers(RowForm? form) => estimate.Training(EmbeddingPlan.Of(fields, [31, 31], forms: [form, form])).BuffersBytes;
        ((double)(Buffers(null) - Buffers(new StoredForm(8)))).ShouldBe(3_000_100.0 * ((31 * sizeof(Real)) - 32), 20e6);
    }

    [Fact]
    public void Estimate_Comparison_SearchesOnlyWhereAMethodDoes()
    {
        using var clicks = new PreparedClicks(rows: 300);
        using var pool = new WorkerPool(1) { JobsAtATime = 2 };
        IReadOnlyList<StageEstimate> Of(params string[] methods) => Comparison.Estimate(DataManifest.Load(clicks.Folder), new CompareOptions { Models = ["fm"], Methods = methods, Budgets = ["50%"], Storages = ["float32"], Seeds = 1, TuneL2 = [0], Search = Options.Search }, pool);
        Of("mde").Select(stage => (stage.Stage, stage.AtATime)).ShouldBe([("fm: full", 1), ("fm: methods (at most)", 1), ("fm: plans (at most)", 2)]);
        Of("autodim").Select(stage => stage.Stage).ShouldBe(["fm: full", "fm: search", "fm: methods (at most)", "fm: plans (at most)"]);
    }

    /// <summary>Of all that may be drawn, what takes most: the largest dimension and the largest batch.</summary>
    [Fact]
    public void Estimate_Sweep_IsOfTheLargestTrialsSideBySide()
    {
        using var clicks = new PreparedClicks(rows: 300);
        using var data = clicks.Open();
        using var pool = new WorkerPool(1) { JobsAtATime = 2 };
        var manifest = DataManifest.Load(clicks.Folder);
        var job = new TrainJobOptions { Model = "fm", Dim = 4 };
        var estimate = SweepJob.Estimate(manifest, data, new SweepOptions { Vary = "dim=64|2 batch-size=64..2048 table-l2=0..0.1", Trials = 5, Job = job }, pool);
        var largest = TrainJob.Estimate(manifest, data, job with { Dim = 64, Training = new() { BatchSize = 2048, Tables = new() { L2 = 0.1 } } }, pool);
        (estimate.Stage, estimate.Trainings, estimate.AtATime).ShouldBe(("largest trial", 5, 2));
        ((double)estimate.BuffersBytes).ShouldBe(largest.BuffersBytes, 0.01 * largest.BuffersBytes); // buffers that nobody holds any more may be collected meanwhile
        estimate.BuffersBytes.ShouldBeGreaterThan(2 * TrainJob.Estimate(manifest, data, job, pool).BuffersBytes);
    }

    private static IReadOnlyList<StageEstimate> Stages(params Field[] fields) => Stages(Options, 1, fields);

    private static IReadOnlyList<StageEstimate> Stages(RunOptions options, int jobs, params Field[] fields)
    {
        using var pool = new WorkerPool(1) { JobsAtATime = jobs };
        return new RunEstimate(fields, 20_000, 2_000, 0, options, pool).Stages();
    }
}

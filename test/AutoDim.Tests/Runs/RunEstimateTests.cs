using AutoDim.Data;
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

    [Fact]
    public void Stages_OfARun_AreFullSearchSlimAndUniform()
    {
        var stages = Stages(new Field("user", 50), new Field("item", 20));
        stages.Select(stage => stage.Stage).ShouldBe(["full", "search", "slim (at most)", "uniform (at most)"]);
        stages[1].Epochs.ShouldBe(3);
        stages.ShouldAllBe(stage => stage.StepSeconds > 0 && stage.Seconds > 0);
    }

    private static IReadOnlyList<StageEstimate> Stages(params Field[] fields)
    {
        using var pool = new WorkerPool(1);
        return new RunEstimate(fields, 20_000, 2_000, 0, Options, pool).Stages();
    }
}

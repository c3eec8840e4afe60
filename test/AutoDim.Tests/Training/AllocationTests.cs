using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>After warm-up a training step takes no managed memory, on this thread or on any other.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    private static readonly TableOptimizerOptions Lazy = new() { L2 = 1e-3, Dense = false }, Dense = new() { L2 = 1e-3, Dense = true };

    public static TheoryData<string, int[], Projection, bool> Cases()
    {
        var cases = new TheoryData<string, int[], Projection, bool>
        {
            { "deepfm", [4, 4, 4, 4], Projection.Linear, true },
            { "deepfm", [1, 5, 2, 1], Projection.ZeroPadding, true },
            { "widedeep", [1, 5, 2, 1], Projection.None, false },
            { "dnn", [1, 5, 0, 1], Projection.Linear, false },
            { "lr", [4, 4, 4, 4], Projection.Linear, false },
        };
        foreach (var model in Bench.ModelsWithVectors()) cases.Add(model, [1, 5, 2, 1], Projection.Linear, false);
        foreach (var model in Bench.RowFormNames) cases.Add(model, [1, 5, 2, 1], Projection.Linear, true);
        return cases;
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_AfterWarmUp_AllocatesNothing(string model, int[] dims, Projection projection, bool isLazy)
    {
        using var bench = new Bench(model, dims, projection, training: Bench.SmallTraining with { Tables = isLazy ? Lazy : Dense }, threads: 2);
        bench.Train(12);
        Allocations.ShouldBeNoneAnywhere(() => bench.Train(8));
    }

    [Theory, InlineData(false, false, SearchLayer.Collapsed), InlineData(true, false, SearchLayer.Collapsed), InlineData(false, true, SearchLayer.Collapsed), InlineData(false, false, SearchLayer.WrittenOut)]
    public void SearchSteps_AfterWarmUp_AllocateNothing(bool secondOrder, bool singleLevel, SearchLayer layer)
    {
        using var pool = new WorkerPool(2);
        using var data = Toy.Clicks();
        var options = new AutoDimOptions { Candidates = [1, 2, 4], SecondOrder = secondOrder, SingleLevel = singleLevel, Layer = layer, WarmUp = 0 };
        using var search = new AutoDimSearch(ModelCatalog.Find("deepfm"), Bench.SmallModel, Bench.SmallTraining, options, data, pool);
        for (var step = 0; step < 30; step++) Steps();
        Allocations.ShouldBeNoneAnywhere(Steps);

        void Steps()
        {
            SmallData.Fill(search.Learner.Input.Batch, SmallData.Fields, 32, 1);
            if (!singleLevel) search.ArchitectureStep();
            search.WeightStep();
        }
    }
}

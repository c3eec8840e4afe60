using AutoDim.Compression;
using AutoDim.Compression.Nis;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Compression;

public sealed unsafe class NisTests
{
    private static readonly Field[] Fields = [new("user", 10), new("hour", 3)];

    /// <summary>Of ten values a tenth is one, three tenths three, and so on; equal counts are not told apart, and counts of one are the last group's.</summary>
    private static readonly long[][] Counts = [[1, 90, 5, 5, 40, 7, 1, 5, 0, 3], [8, 2, 8]];

    [Fact]
    public void Space_Groups_AreSharesOfTheMostFrequentValues()
    {
        var space = new NisSpace(Fields, Counts, 8, isMulti: false);
        space.LeastCounts.ShouldBe([[90, 7, 5, 3, 0], [8, 2, 0]]);
        space.Groups.ShouldBe([[4, 0, 2, 2, 1, 1, 4, 2, 4, 3], [5, 6, 5]]);
        space.GroupRows.ShouldBe([[1, 2, 3, 1, 3], [2, 1, 0]]);
        Enumerable.Range(0, 4).Select(space.DimOf).ShouldBe([2, 4, 6, 8]);
    }

    /// <summary>An option of single-size is rows × columns; multi-size has a number of row groups for each column group.</summary>
    [Fact]
    public void Space_Limits_AreTheChoice()
    {
        var single = new NisSpace(Fields, Counts, 8, isMulti: false);
        (single.Decisions, single.OptionsOf(0), single.OptionsOf(1)).ShouldBe((2, 21, 13));
        Limits(single, [0, 1 + (2 * 4) + 1]).ShouldBe([[0, 0, 0, 0], [3, 3, 0, 0]]);
        Limits(single, [single.Whole(0), single.Whole(1)]).ShouldBe([[5, 5, 5, 5], [3, 3, 3, 3]]);
        var multi = new NisSpace(Fields, Counts, 8, isMulti: true);
        (multi.Decisions, multi.OptionsOf(0), multi.OptionsOf(7), multi.FieldOf(3), multi.FieldOf(4)).ShouldBe((8, 6, 4, 0, 1));
        Limits(multi, [5, 0, 2, 1, 3, 3, 3, 0]).ShouldBe([[5, 0, 2, 1], [3, 3, 3, 0]]);

        static int[][] Limits(NisSpace space, int[] choice) => [.. Enumerable.Range(0, 2).Select(m => Enumerable.Range(0, 4).Select(t => space.Limit(m, t, choice)).ToArray())];
    }

    /// <summary>Bytes within the budget cost nothing; half as many again a twentieth of AUC.</summary>
    [Fact]
    public void Reward_Bytes_CostWhatIsBeyondTheBudget()
    {
        NisMethod.Reward(0.8, 100, 100).ShouldBe(0.8);
        NisMethod.Reward(0.8, 20, 100).ShouldBe(0.8);
        NisMethod.Reward(0.8, 150, 100).ShouldBe(0.75, 1e-12);
    }

    /// <summary>(R − V)(π − [chosen]) descends; V is a running mean; and where one option is rewarded it becomes the likely one.</summary>
    [Fact]
    public void Controller_Reward_MovesThePolicyByItsGradient()
    {
        using var pool = new WorkerPool(1);
        var space = new NisSpace(Fields, Counts, 8, isMulti: true);
        using var controller = new NisController(space, pool, new CounterRandom(3, 1));
        int[] choice = [1, 2, 0, 3, 1, 0, 2, 1];
        controller.Learn(choice, 0.6);
        controller.Logits.Values.ToArray().ShouldAllBe(logit => logit == 0);
        controller.Value.ShouldBe(0.6);
        controller.Learn(choice, 0.8);
        controller.Value!.Value.ShouldBe((0.95 * 0.6) + (0.05 * 0.8), 1e-12);
        for (var option = 0; option < 6; option++) ((double)controller.Logits.GradientRow(0)[option]).ShouldBe(0.2 * ((1 / 6.0) - (option == 1 ? 1 : 0)), 1e-6);
        controller.Policy(0)[1].ShouldBeGreaterThan(controller.Policy(0)[2]);
        for (var step = 0; step < 600; step++)
        {
            var drawn = controller.Draw(step);
            controller.Learn(drawn, (drawn[0] == 4 ? 0.1 : 0) + (drawn[7] == 0 ? 0.1 : 0));
        }

        controller.Policy(0)[4].ShouldBeGreaterThan(0.9);
        controller.Policy(7)[0].ShouldBeGreaterThan(0.9);
    }

    /// <summary>Of a choice the supernet has the blocks taken, others are zero.</summary>
    [Fact]
    public void Supernet_Choice_GatesAreItsBlocks()
    {
        using var toy = new ToyMethods();
        var space = new NisSpace(toy.Context.Fields, toy.Context.Counts, ToyMethods.FullDim, isMulti: true);
        using var supernet = new NisSupernet("nis-multi", toy.Context, space);
        int[] choice = [.. Enumerable.Range(0, space.Decisions).Select(decision => decision % space.OptionsOf(decision))];
        supernet.Take(choice);
        for (var m = 0; m < toy.Context.Fields.Count; m++)
        {
            for (var group = 0; group < space.LeastCounts[m].Length; group++)
            {
                for (var k = 0; k < ToyMethods.FullDim; k++) supernet.Gates.Row((m * NisSpace.RowGroups) + group)[k].ShouldBe(group < choice[(m * 4) + (k / 2)] ? 1 : 0);
            }
        }
    }

    /// <summary>Users from 11 on say nothing and occur seldom: single-size folds them, multi-size leaves them fewer numbers.</summary>
    [Fact]
    public void Plan_RareValuesWithoutSignal_LoseTheirBytesFirst()
    {
        using var rare = new ToyMethods(rareUsers: 200, l2: 5e-3);
        var request = new PlanRequest(rare.Context.Bytes(EmbeddingPlan.Uniform(rare.Context.Fields, ToyMethods.FullDim)) / 4, Projection.Linear, RowStorage.Float32);
        var single = MethodCatalog.Find("nis").Create(rare.Context, new AutoDimOptions()).Plan(request)!;
        single.Fields[0].MinCount.ShouldBeGreaterThan(1);
        single.Fields[0].Dim.ShouldBeGreaterThan(0);
        var multi = MethodCatalog.Find("nis-multi").Create(rare.Context, new AutoDimOptions()).Plan(request)!;
        multi.Fields[0].Form.ShouldBeOfType<SparseForm>();
        using var mask = rare.MaskOf(multi, 0);
        double Share(int first, int last) => Enumerable.Range(first, last - first).Average(row => RowMask.Count(mask.Row(row), mask.RowBytes));
        Share(0, 11).ShouldBeGreaterThan(2 * Share(11, 211));
    }
}

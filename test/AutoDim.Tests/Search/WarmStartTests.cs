using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Search;

public sealed class WarmStartTests
{
    private static readonly Field[] Fields = [new("a", 100), new("b", 100), new("c", 100)];

    /// <summary>α of the toy's fields against the formula by plain numbers: s = 0.1, candidates 1, 2, 5, the tag field without old preferences.</summary>
    [Fact]
    public void Fill_OldPreferences_LogarithmOfThemSpread()
    {
        using var data = Toy.Clicks();
        var names = data.Fields.Select(field => field.Name).ToArray();
        PlanFile old = new()
        {
            Fields =
            [
                new(names[0], 5, 2, 0) { Candidates = [1, 2, 5], Probabilities = [0.7, 0.2, 0.1] },
                new(names[1], 5, 2, 0) { Candidates = [1, 4], Probabilities = [0, 1] },
            ],
        };
        var start = new WarmStart(old, 0.001);
        using var bench = new SearchBench(SearchBench.Small, data, start: start);
        double[][] expected =
        [
            [Math.Log((0.9 * 0.7) + (0.1 / 3)), Math.Log((0.9 * 0.2) + (0.1 / 3)), Math.Log((0.9 * 0.1) + (0.1 / 3))],
            [Math.Log(0.1 / 3), Math.Log(0.1 / 3), Math.Log(0.9 + (0.1 / 3))], // 2 lies nearer to 1 than to 4: ln(3/2) against ln(5/3)
        ];
        for (var m = 0; m < expected.Length; m++)
        {
            for (var n = 0; n < 3; n++) ((double)bench.Alpha[(m * 3) + n]).ShouldBe(expected[m][n], 1e-6, $"{names[m]}, candidate {n}");
        }

        bench.Alpha.Skip(6).ShouldAllBe(alpha => alpha == 0);
        start.Undetermined(data.Fields).ShouldBe(names[2..]);
    }

    [Fact]
    public void DimOf_Field_CutToItsRowsAndNullOfAnother()
    {
        var start = new WarmStart(new PlanFile { Fields = [new("a", 100, 16, 0)] }, 0.001);
        start.DimOf(new Field("a", 200)).ShouldBe(16);
        start.DimOf(new Field("a", 9)).ShouldBe(9);
        start.DimOf(new Field("b", 200)).ShouldBeNull();
    }

    /// <summary>"a" gains .002 by leaving 2, "b" .0005 by leaving 4, "c" is new.</summary>
    [Theory, InlineData(0.001, new[] { 8, 4, 2 }), InlineData(0.003, new[] { 2, 4, 2 }), InlineData(0.0001, new[] { 8, 8, 2 }), InlineData(1, new[] { 2, 4, 2 })]
    public void Keeping_GainAboveTheThreshold_AloneLeavesTheOldDimension(double keep, int[] expected)
    {
        FieldChoice[] choices = [new("a", [2, 4, 8], [0.1, 0.1, 0.8], [0.798, 0.799, 0.8]), new("b", [2, 4, 8], [0.1, 0.1, 0.8], [0.79, 0.7995, 0.8]), new("c", [2, 4, 8], [0.8, 0.1, 0.1], [0.8, 0.8, 0.8])];
        var start = new WarmStart(new PlanFile { Fields = [new("a", 100, 2, 0), new("b", 100, 4, 0)] }, keep);
        Derivation.Keeping(new SearchResult(choices, [], 0.8, 1, 1), Fields, 0, start).Fields.Select(field => field.Dim).ShouldBe(expected);
    }

    /// <summary>Of two fields with the same losses, the one whose old dimension it is keeps its 8 where there is room for one 8 alone.</summary>
    [Theory, InlineData("a", new[] { 8, 2, 2 }), InlineData("b", new[] { 2, 8, 2 })]
    public void UnderBudget_RoomForOne_GivesItToTheOldDimension(string large, int[] expected)
    {
        var choices = Fields.Select(field => new FieldChoice(field.Name, [2, 8], [0.1, 0.9], [0.79, 0.8])).ToArray();
        var start = new WarmStart(new PlanFile { Fields = [.. Fields.Select(field => new PlanEntry(field.Name, 100, field.Name == large ? 8 : 2, 0))] }, 0.02);
        var bytes = 4 * ((300 * 1) + (100 * (8 + 2 + 2)));
        var plan = Derivation.UnderBudget(new SearchResult(choices, [], 0.8, 1, 1), Fields, LinearRow.Weight, bytes, 0, Projection.ZeroPadding, start: start);
        plan.Fields.Select(field => field.Dim).ShouldBe(expected);
    }
}

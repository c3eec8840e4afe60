using AutoDim.Data;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using CsCheck;

namespace AutoDim.Tests.Search.AutoDim;

public sealed class SearchSpaceTests
{
    [Fact]
    public void DimOf_AnyFieldAndAllowedCandidate_NotAboveTheRows()
        => Gen.Select(Gen.Int[0, 40].HashSet[2, 6], Gen.Long[1, 50]).Sample((candidates, rows) =>
        {
            var space = new SearchSpace([new Field("field", rows)], [.. candidates.Order()], false);
            space.AllowedCounts[0].ShouldBeGreaterThan(0);
            var dims = Enumerable.Range(0, space.AllowedCounts[0]).Select(n => space.DimOf(0, n)).ToArray();
            dims.ShouldAllBe(dim => dim <= rows);
            dims.ShouldBe(dims.Distinct().Order()); // none offered twice
        });

    [Fact]
    public void AllowedCounts_FieldOfFewValues_EndWithTheFirstCandidateCutToThem()
    {
        var space = new SearchSpace([new Field("a", 5), new Field("b", 8), new Field("c", 2), new Field("d", 100)], [2, 8, 16], false);
        space.AllowedCounts.ShouldBe([2, 2, 1, 3]);
        (space.DimOf(0, 1), space.DimOf(1, 1), space.DimOf(3, 2)).ShouldBe((5, 8, 16));
        space.SliceOf(0, 1).ShouldBe(new CandidateSlice(0, 5, 2));
    }

    [Theory]
    [InlineData(new[] { 2 }, "needs at least two")]
    [InlineData(new[] { 4, 2 }, "must ascend; 2 follows 4")]
    [InlineData(new[] { 2, 2 }, "must ascend")]
    [InlineData(new[] { -1, 2 }, "-1 is not within 0 to 1024")]
    [InlineData(new[] { 2, 2000 }, "2000 is not within 0 to 1024")]
    public void Constructor_BadCandidates_SaysWhy(int[] candidates, string reason)
        => Should.Throw<AutoDimException>(() => new SearchSpace(SmallData.Fields, candidates, false)).Message.ShouldContain(reason);

    [Fact]
    public void Slices_SharedOrSeparate_LieWithinTheRow()
    {
        var shared = new SearchSpace(SmallData.Fields, [0, 2, 5], false);
        (shared.RowWidth, shared.MapRows, shared.Dim).ShouldBe((5, 7, 5));
        shared.Slices.ShouldBe([new(0, 0, 0), new(0, 2, 0), new(0, 5, 2)]);
        var separate = new SearchSpace(SmallData.Fields, [0, 2, 5], true);
        (separate.RowWidth, separate.MapRows).ShouldBe((7, 7));
        separate.Slices.ShouldBe([new(0, 0, 0), new(0, 2, 0), new(2, 5, 2)]);
    }
}

using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Search.AutoDim;

/// <summary>A search by several ranks finds what one finds.</summary>
public sealed class RankedSearchTests
{
    private static readonly bool IsDouble = sizeof(Real) == 8;

    public static TheoryData<int, bool, CandidateMaps, bool, bool, bool> Searches() => new()
    {
        { 2, false, CandidateMaps.PerField, false, false, false },
        { 3, true, CandidateMaps.PerField, false, false, false },
        { 2, true, CandidateMaps.Shared, false, false, false },
        { 2, false, CandidateMaps.ZeroPadding, false, false, false },
        { 2, true, CandidateMaps.PerField, true, false, false },
        { 2, false, CandidateMaps.PerField, false, true, false },
        { 2, true, CandidateMaps.PerField, false, false, true },
    };

    [Theory, MemberData(nameof(Searches))]
    public void Run_SeveralRanks_SameAlphaAndPlan(int count, bool sharesTables, CandidateMaps maps, bool singleLevel, bool secondOrder, bool inBlocks)
    {
        var options = SearchBench.Small with { Maps = maps, SingleLevel = singleLevel, SecondOrder = secondOrder };
        var cancellation = TestContext.Current.CancellationToken;
        var one = Search(Ranks.One);
        var tolerance = IsDouble ? 1e-8 : 0.1; // Adam steps by the sign of the first small gradients, whatever their rounding
        foreach (var (result, alpha) in ThreadRanks.Run(count, Search, sharesTables ? 0 : Ranks.DefaultReplicatedBytes))
        {
            foreach (var (got, wanted) in alpha.Zip(one.Alpha)) ((double)got).ShouldBe(wanted, tolerance);
            result.ValidAuc.ShouldBe(one.Result.ValidAuc, IsDouble ? 1e-9 : 0.02);
            result.History.Count.ShouldBe(one.Result.History.Count);
            if (IsDouble) result.Fields.Select(choice => choice.Best).ShouldBe(one.Result.Fields.Select(choice => choice.Best));
        }

        one.Alpha.Max(Math.Abs).ShouldBeGreaterThan((Real)0.1); // it did move

        (SearchResult Result, Real[] Alpha) Search(Ranks ranks)
        {
            using var data = Toy.Clicks(rareUsers: inBlocks ? 300 : 0);
            using var bench = new SearchBench(options, data, ranks: ranks, inBlocks: inBlocks);
            var result = bench.Search.Run(cancellation);
            return (result, bench.Alpha);
        }
    }

    [Fact]
    public void Search_WrittenOutLayer_RefusesSeveralRanks()
        => Should.Throw<AutoDimException>(() => ThreadRanks.Run(2, ranks =>
        {
            using var data = Toy.Clicks();
            using var bench = new SearchBench(SearchBench.Small with { Layer = SearchLayer.WrittenOut }, data, ranks: ranks);
            return bench.Search;
        })).Message.ShouldContain("one process");
}

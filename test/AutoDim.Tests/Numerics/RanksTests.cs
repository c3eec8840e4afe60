using AutoDim.Tests.Support;

namespace AutoDim.Tests.Numerics;

public sealed class RanksTests
{
    /// <summary>More than is sent at a time, one, none: every rank gets all, by rank.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Each_ItemsOfAnyNumber_EveryRankHasAll(int count)
    {
        int[] lengths = [1_300_000, 1, 0];
        var got = ThreadRanks.Run(count, ranks => ranks.Each(Items(ranks.Rank)));
        foreach (var rank in got)
        {
            rank.Length.ShouldBe(count);
            for (var other = 0; other < count; other++) rank[other].AsSpan().SequenceEqual(Items(other)).ShouldBeTrue($"of rank {other}");
        }

        long[] Items(int rank) => [.. Enumerable.Range(0, lengths[rank]).Select(i => (i * 31L) + rank)];
    }

    [Fact]
    public void EachText_EmptyAmongThem_ByRank() => ThreadRanks.Run(3, ranks => ranks.EachText(ranks.Rank == 1 ? "" : $"é{ranks.Rank}")).ShouldAllBe(texts => texts.SequenceEqual(new[] { "é0", "", "é2" }));
}

using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Data.Preparation;

public sealed class ValueCountsTests
{
    [Theory, InlineData(10), InlineData(100_000), InlineData(3_000_000)]
    public void From_AnyValues_AreCounted(int distinct)
    {
        // Once more after clearing: nothing of the former field is left.
        var counts = new ValueCounts();
        foreach (var seed in (ulong[])[1, 2])
        {
            var values = new ulong[2_500_000];
            for (var i = 0UL; i < (ulong)values.Length; i++) values[i] = (i + seed) * (i % 7) % (ulong)distinct * 0xD6E8FEB86659FD93;
            foreach (var part in values.Chunk(8000)) counts.Add(part);
            var expected = values.CountBy(value => value).Where(pair => pair.Value >= 2).ToDictionary(pair => pair.Key, pair => (long)pair.Value);
            var found = counts.From(2);
            found.Length.ShouldBe(expected.Count);
            found.Count(pair => expected[pair.Value] != pair.Count).ShouldBe(0);
            counts.Clear();
            counts.From(1).ShouldBeEmpty();
        }
    }
}

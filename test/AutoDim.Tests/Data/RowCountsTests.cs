using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class RowCountsTests
{
    [Fact]
    public void Of_MultiValuedFieldsAndSequences_EveryOccurrenceCounts()
    {
        Field[] fields = [new("item", 3) { Sequences = [new Sequence("history", 2)] }, new("tags", 2, MultiValued: true)];
        using var split = new MemorySplit([0, 1], [[2, 0], [1, 1, 0], [2, 2, 0]], [null, [0, 1, 3], [0, 2, 3]]);
        var counts = RowCounts.Of(split, fields);
        counts[0].ShouldBe([2, 0, 3]);
        counts[1].ShouldBe([1, 2]);
    }

    [Fact]
    public void Of_MoreRowsThanAChunk_AddsUp()
    {
        const int Rows = 40_000;
        using var split = new MemorySplit(new float[Rows], [[.. Enumerable.Range(0, Rows).Select(i => (long)(i % 5))]]);
        RowCounts.Of(split, [new Field("f", 5)])[0].ShouldBe([8000, 8000, 8000, 8000, 8000]);
    }
}

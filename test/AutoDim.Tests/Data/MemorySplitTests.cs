using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class MemorySplitTests
{
    private static readonly Field[] Fields = [new("user", 10), new("tags", 10, MultiValued: true)];

    private static MemorySplit Split() => new([1, 0, 1], [[4, 5, 6], [7, 8, 9]], [null, [0, 2, 2, 3]]);

    [Fact]
    public void Read_AnyOrder_GivesTheSamplesAsked()
    {
        var rows = PreparedRows.Of(Split(), Fields, [2, 0, 1, 2]);
        rows.Labels.ShouldBe([1f, 1f, 0f, 1f]);
        rows.Column("user").ShouldBe([6L, 4L, 5L, 6L]);
        rows.Values("tags").ShouldBe([[9L], [7L, 8L], [], [9L]]);
    }

    [Fact]
    public void ReadLabels_All_InOrder()
    {
        var labels = new float[3];
        Split().ReadLabels(labels);
        labels.ShouldBe([1f, 0f, 1f]);
    }

    [Fact]
    public void New_LengthsThatDoNotFit_Refuses()
    {
        Should.Throw<ArgumentException>(() => new MemorySplit([1, 0], [[1]]));
        Should.Throw<ArgumentException>(() => new MemorySplit([1, 0], [[1, 2]], [[0, 1]]));
        Should.Throw<ArgumentException>(() => new MemorySplit([1, 0], [[1, 2]], [[0, 1, 3]]));
        Should.Throw<ArgumentException>(() => new MemorySplit([1, 0], [[1, 2]], [[0, 2, 1]]));
        Should.Throw<ArgumentException>(() => new MemorySplit([1, 0], [[1, 2]], []));
    }
}

using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class BatchTests
{
    [Fact]
    public void Size_BeyondCapacity_Refuses()
    {
        using var batch = new Batch(SmallData.Fields, 8);
        batch.Size = 8;
        Should.Throw<ArgumentOutOfRangeException>(() => batch.Size = 9);
        batch.Size.ShouldBe(8);
    }

    [Fact]
    public void Reserve_MoreEntries_KeepsThoseThere()
    {
        using var column = new BatchColumn(new Field("tags", 9, MultiValued: true), 2);
        for (var entry = 0; entry < 1000; entry++)
        {
            column.Reserve(entry + 1);
            column.Rows[column.Count++] = entry;
        }

        column.Rows.AsSpan(0, 1000).ToArray().ShouldBe(Enumerable.Range(0, 1000).Select(entry => (long)entry));
        column.Offsets!.Length.ShouldBe(3);
    }
}

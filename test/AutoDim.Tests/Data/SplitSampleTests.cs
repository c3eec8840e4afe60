using AutoDim.Data;

namespace AutoDim.Tests.Data;

public sealed class SplitSampleTests
{
    [Fact]
    public void Read_MoreRowsThanWanted_SpreadEvenlyWithTheirLabels()
    {
        using var whole = Numbered(10);
        using var sample = new SplitSample(whole, 4);
        sample.RowCount.ShouldBe(4);
        var labels = new float[4];
        sample.ReadLabels(labels);
        labels.ShouldBe([0, 0, 1, 1]);
        ReadAll(sample).ShouldBe([0, 2, 5, 7]);
    }

    [Fact]
    public void Read_FewerRowsThanWanted_All()
    {
        using var whole = Numbered(3);
        using var sample = new SplitSample(whole, 4);
        ReadAll(sample).ShouldBe([0, 1, 2]);
    }

    /// <summary>Rows 0, 1, … with label = row mod 2.</summary>
    private static MemorySplit Numbered(int count) => new([.. Enumerable.Range(0, count).Select(i => (float)(i % 2))], [[.. Enumerable.Range(0, count).Select(i => (long)i)]]);

    private static long[] ReadAll(SplitSample sample)
    {
        var batch = new Batch([new Field("row", 100)], 8);
        sample.Read([.. Enumerable.Range(0, (int)sample.RowCount).Select(i => (long)i)], batch);
        return [.. Enumerable.Range(0, batch.Size).Select(i => batch.Columns[0].Rows[i])];
    }
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed unsafe class DistinctRowsTests
{
    /// <summary>Rows by a direct index and by hashing, far above 2^31, with few and with many values, and multi-valued beyond the capacity.</summary>
    [Theory]
    [InlineData(7, false), InlineData(7, true), InlineData(65_536, false), InlineData(65_537, false), InlineData(100_000, true)]
    [InlineData(5_000_000_000, false), InlineData(5_000_000_000, true), InlineData(long.MaxValue, false)]
    public void Build_SeveralBatches_EqualsDictionary(long tableRows, bool multiValued)
    {
        Field[] fields = [new("field", tableRows, multiValued)];
        using var batch = new Batch(fields, 300);
        using var distinct = new DistinctRows(tableRows, 300);
        for (var round = 0UL; round < 5; round++)
        {
            SmallData.Fill(batch, fields, 300, round);
            var column = batch.Columns[0];
            // Half of the entries meet again, so that hashing must find and not only place.
            for (var i = 0; i < column.Count; i += 2) column.Rows[i] = column.Rows[column.Count - 1 - i];
            distinct.Build(column, 300);
            var entries = Enumerable.Range(0, column.Count).Select(i => column.Rows[i]).ToArray();
            var expected = entries.Distinct().ToArray();
            distinct.Entries.ShouldBe(entries.Length);
            new ReadOnlySpan<long>(distinct.Rows, distinct.Count).ToArray().ShouldBe(expected); // in order of first occurrence
            for (var i = 0; i < entries.Length; i++) distinct.Rows[distinct.Positions[i]].ShouldBe(entries[i]);
            for (var u = 0; u < expected.Length; u++) distinct.Counts[u].ShouldBe(entries.Count(row => row == expected[u]));
        }
    }

    [Fact]
    public void Build_RowsThatHashAlike_KeptApart()
    {
        Field[] fields = [new("field", long.MaxValue)];
        using var batch = new Batch(fields, 256);
        using var distinct = new DistinctRows(long.MaxValue, 256);
        batch.Size = 256;
        for (var i = 0; i < 256; i++) batch.Columns[0].Rows[i] = (long)i << 54; // the product's middle bits are all but equal
        distinct.Build(batch.Columns[0], 256);
        distinct.Count.ShouldBe(256);
    }
}

using System.Text;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Export;

namespace AutoDim.Tests.Export;

public sealed class RowEncoderTests
{
    [Fact]
    public void Encode_IdsOfWhichSomeShareARow_RareOnesCountAsUnseen()
    {
        var encoder = new IdEncoder("item", int.MaxValue, false, 10, 19, new IdentityEncoder(new LibfmField("item", 10, 19), new KeptIds(10, id => id >= 5)));
        var column = new EncodedColumn(multiValued: false);
        encoder.HasUnseenRow.ShouldBeTrue();
        foreach (var id in (string[])["12", "15", "19"]) encoder.Encode(Encoding.UTF8.GetBytes(id), column).ShouldBeNull();
        Rows(column, 3).ShouldBe([0, 1, 5]);
        column.Unseen.ShouldBe(1);
        encoder.Encode("9"u8, column).ShouldNotBeNull().ShouldContain("10 to 19");
        encoder.Encode("1x"u8, column).ShouldNotBeNull().ShouldContain("'1x' is no id");
        encoder.Encode([], column).ShouldNotBeNull();
    }

    [Fact]
    public void EndList_MoreIdsThanCount_KeepsTheLast()
    {
        var encoder = new IdEncoder("past", 2, true, 0, 9);
        var column = new EncodedColumn(multiValued: true);
        foreach (var id in (string[])["1", "2", "3"]) encoder.AddValue(Encoding.UTF8.GetBytes(id), column).ShouldBeNull();
        encoder.EndList(column);
        encoder.EndList(column);
        encoder.AddValue("7"u8, column).ShouldBeNull();
        encoder.EndList(column);
        var batch = new Batch([new Field("past", 10, MultiValued: true)], 3) { Size = 3 };
        column.AppendTo(batch.Columns[0], 0, 0, 3);
        batch.Columns[0].Rows.AsSpan(0, batch.Columns[0].Count).ToArray().ShouldBe([2, 3, 7]);
        batch.Columns[0].Offsets!.AsSpan().ToArray().ShouldBe([0, 2, 2, 3]);
        batch.Dispose();
    }

    private static long[] Rows(EncodedColumn column, int count)
    {
        using var batch = new Batch([new Field("item", 6)], count) { Size = count };
        column.AppendTo(batch.Columns[0], 0, 0, count);
        return batch.Columns[0].Rows.AsSpan(0, count).ToArray();
    }
}

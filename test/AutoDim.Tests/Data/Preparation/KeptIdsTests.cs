using AutoDim.Data.Preparation;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class KeptIdsTests
{
    [Fact]
    public void RankOf_AnySet_CountsThoseBefore()
        => Gen.Bool.Array[0, 2000].Sample(kept =>
        {
            var ids = new KeptIds(kept.Length, id => kept[id]);
            using var stream = new MemoryStream();
            ids.Save(new BinaryWriter(stream));
            stream.Position = 0;
            var loaded = KeptIds.Read(new BinaryReader(stream), kept.Length);
            return ids.Count == kept.Count(isKept => isKept) && kept.Index().All(pair => loaded.RankOf(pair.Index) == (pair.Item ? kept.Take(pair.Index).Count(isKept => isKept) : -1));
        }, iter: 100);

    [Fact]
    public void Bytes_ManyIds_AreALittleMoreThanABitEach() => (8.0 * new KeptIds(1_000_000, id => id % 3 == 0).Bytes / 1_000_000).ShouldBeInRange(1.05, 1.1);

    /// <summary>A word for 64 ids, and a count for eight words.</summary>
    [Theory, InlineData(0, 0), InlineData(1, 8 + 4), InlineData(7 * 64, (7 * 8) + 4), InlineData(8 * 64, (8 * 8) + 4), InlineData((8 * 64) + 1, (9 * 8) + 8)]
    public void Bytes_SoManyIds_WordsAndCounts(long ids, long bytes) => new KeptIds(ids, _ => true).Bytes.ShouldBe(bytes);

    [Fact]
    public void Read_AfterOtherThings_OnlyWhatIsLeftCounts()
    {
        var reader = new BinaryReader(new MemoryStream(new byte[108]));
        reader.ReadBytes(100);
        Should.Throw<InvalidDataException>(() => KeptIds.Read(reader, 128));
        KeptIds.Read(reader, 0).Count.ShouldBe(0);
        KeptIds.Read(reader, 64).RankOf(63).ShouldBe(-1);
        Should.Throw<InvalidDataException>(() => KeptIds.Read(reader, -1));
    }

    [Fact]
    public void Read_FewerBytesThanIds_IsRefused() => Should.Throw<InvalidDataException>(() => KeptIds.Read(new BinaryReader(new MemoryStream(new byte[15])), 128));
}

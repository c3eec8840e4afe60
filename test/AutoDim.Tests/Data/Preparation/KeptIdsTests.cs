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

    [Fact]
    public void Read_FewerBytesThanIds_IsRefused() => Should.Throw<InvalidDataException>(() => KeptIds.Read(new BinaryReader(new MemoryStream(new byte[15])), 128));
}

using AutoDim.Data.Preparation;
using AutoDim.Numerics;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class FingerprintListTests
{
    [Fact]
    public void Find_AnySet_GivesEachValueItsPlace()
        => Gen.ULong.HashSet[0, 300].Sample(set =>
        {
            ulong[] values = [.. set];
            var list = FingerprintList.Of(values);
            return list.Count == values.Length && values.Index().All(pair => list.Find(pair.Item) == pair.Index);
        }, iter: 300);

    [Fact]
    public void Find_Strangers_AreFoundAsSeldomAsStated()
    {
        var random = new CounterRandom(1, 2);
        ulong[] values = [.. Enumerable.Range(0, 100_000).Select(i => random.Bits(i))];
        var list = FingerprintList.Of(values);
        list.FalseHitRate.ShouldBeInRange(1e-8, 1e-6);
        Enumerable.Range(0, 1_000_000).Count(i => list.Find(random.Bits(200_000 + i)) >= 0).ShouldBeLessThan(6); // 0.7 are expected
    }

    [Fact]
    public void Of_ValuesThatShareTheirBits_StayApart()
    {
        // Numbers' bits: all but a few are alike.
        ulong[] values = [.. Enumerable.Range(0, 70_000).Select(i => BitConverter.DoubleToUInt64Bits(i))];
        var list = FingerprintList.Of(values);
        values.Index().ShouldAllBe(pair => list.Find(pair.Item) == pair.Index);
    }

    [Fact]
    public void Read_Saved_FindsTheSame()
    {
        ulong[] values = [.. Enumerable.Range(0, 1000).Select(i => (ulong)i * 0x9E3779B97F4A7C15)];
        var list = FingerprintList.Of(values);
        var bytes = Saved(list);
        bytes.Length.ShouldBe((int)list.Bytes);
        var loaded = FingerprintList.Read(new BinaryReader(new MemoryStream(bytes)));
        values.Index().ShouldAllBe(pair => loaded.Find(pair.Item) == pair.Index);
    }

    [Fact]
    public void Keep_SomeValues_GivesThoseTheirPlacesAmongThemselves()
    {
        ulong[] values = [.. Enumerable.Range(0, 40_000).Select(i => (ulong)i * (ulong)i)];
        var kept = FingerprintList.Of(values).Keep(rank => rank % 100 == 7);
        kept.Count.ShouldBe(400);
        values.Index().Where(pair => pair.Index % 100 == 7).ShouldAllBe(pair => kept.Find(pair.Item) == pair.Index / 100);
        values.Index().Count(pair => pair.Index % 100 != 7 && kept.Find(pair.Item) >= 0).ShouldBeLessThan(3);
        ((double)kept.Bytes / kept.Count).ShouldBeInRange(3, 3.6);
        FingerprintList.Of(values).Keep(_ => false).Find(values[0]).ShouldBe(-1);
    }

    [Fact]
    public void Read_Damaged_IsRefused()
    {
        var bytes = Saved(FingerprintList.Of([.. Enumerable.Range(0, 100).Select(i => (ulong)i)]));
        foreach (var (place, value) in ((int, byte)[])[(1, 30), (1, 63), (2, 2), (2, 9), (3, 99), (6, 0x7F), (6, 0xFF), (7, 1), (12, 1)])
        {
            var damaged = bytes.ToArray();
            damaged[place] = value;
            Should.Throw<InvalidDataException>(() => FingerprintList.Read(new BinaryReader(new MemoryStream(damaged))), $"byte {place} is {value}");
        }
    }

    private static byte[] Saved(FingerprintList list)
    {
        using var stream = new MemoryStream();
        list.Save(new BinaryWriter(stream));
        return stream.ToArray();
    }
}

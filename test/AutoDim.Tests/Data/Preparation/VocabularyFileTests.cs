using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class VocabularyFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public VocabularyFileTests()
    {
        path = folder.File("vocabulary.bin");
        VocabularyEncoder user = new("user", 1, logSquare: false);
        var counts = new ValueCounts();
        user.Count([.. Enumerable.Range(0, 100).Select(i => (ulong)(i * i))], counts);
        user.Finish(counts);
        VocabularyFile.Save(path, [user, new HashEncoder("naïve", 9)]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Load_Saved_HasTheEncodersInOrder()
    {
        var loaded = VocabularyFile.Load(path);
        loaded.Select(encoder => (encoder.Name, encoder.Rows)).ShouldBe([("user", 102L), ("naïve", 11L)]);
        Enumerable.Range(0, 100).Select(i => loaded[0].RowOf((ulong)(i * i))).Order().ShouldBe(Enumerable.Range(2, 100).Select(row => (long)row));
    }

    /// <summary>Its checksum is taken in several pieces.</summary>
    [Fact]
    public void Load_LargeFile_IsWholeAndRefusedWithABitFlippedAnywhere()
    {
        BucketEncoder price = new("price", 0, [.. Enumerable.Range(0, 40_000).Select(i => (double)i)]);
        VocabularyFile.Save(path, [price]);
        var whole = File.ReadAllBytes(path);
        VocabularyFile.Load(path).Single().RowOf(BitConverter.DoubleToUInt64Bits(30_000.5)).ShouldBe(2 + 30_001);
        foreach (var place in (int[])[100, 70_000, whole.Length - 9])
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= 1;
            File.WriteAllBytes(path, damaged);
            Should.Throw<AutoDimException>(() => VocabularyFile.Load(path)).Message.ShouldContain("checksum does not match");
        }
    }

    [Fact]
    public void Load_NoEncoders_IsEmpty()
    {
        VocabularyFile.Save(path, []);
        new FileInfo(path).Length.ShouldBe(8 + 4 + 8);
        VocabularyFile.Load(path).ShouldBeEmpty();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..19]);
        Should.Throw<AutoDimException>(() => VocabularyFile.Load(path)).Message.ShouldContain("is not a vocabulary of this version");
    }

    [Fact]
    public void Load_AnyBitFlippedOrCut_IsRefused()
    {
        var whole = File.ReadAllBytes(path);
        for (var place = 0; place < whole.Length; place += 9)
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= (byte)(1 << (place % 8));
            File.WriteAllBytes(path, damaged);
            Should.Throw<AutoDimException>(() => VocabularyFile.Load(path)).Message.ShouldContain(path);
            File.WriteAllBytes(path, whole[..place]);
            Should.Throw<AutoDimException>(() => VocabularyFile.Load(path)).Message.ShouldContain(path);
        }
    }

    [Fact]
    public void Load_NoSuchFile_SaysSo() => Should.Throw<AutoDimException>(() => VocabularyFile.Load(folder.File("none"))).Message.ShouldStartWith("cannot read");
}

using System.IO.Compression;
using System.Text;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class InputFileTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public void Expand_PathsAndGlobs_InOrder()
    {
        foreach (var name in new[] { "b.csv", "a.csv", "c.tsv", "odd[1]*.csv" }) log.Write(name, "x");
        InputFile.Expand([log.Path("c.tsv"), log.Path("?.csv")]).ShouldBe([log.Path("c.tsv"), log.Path("a.csv"), log.Path("b.csv")]);
        InputFile.Expand([log.Path("odd[1]*.csv")]).ShouldBe([log.Path("odd[1]*.csv")]); // a file of that very name is no glob
        InputFile.Expand([]).ShouldBeEmpty();
    }

    [Fact]
    public void Expand_NothingThere_SaysSo()
    {
        Directory.CreateDirectory(log.Path("folder"));
        Should.Throw<AutoDimException>(() => InputFile.Expand([log.Path("none.csv")])).Message.ShouldBe($"there is no file '{log.Path("none.csv")}'");
        Should.Throw<AutoDimException>(() => InputFile.Expand([log.Path("*.csv")])).Message.ShouldBe($"no file matches '{log.Path("*.csv")}'");
        Should.Throw<AutoDimException>(() => InputFile.Expand([log.Path("folder")])).Message.ShouldContain("is a folder");
    }

    [Fact]
    public void Open_EmptyMissingOrFolder_SaysSo()
    {
        Should.Throw<AutoDimException>(() => InputFile.Open(log.Write("empty", ""))).Message.ShouldEndWith("is empty");
        Should.Throw<AutoDimException>(() => InputFile.Open(log.Path("none"))).Message.ShouldStartWith("cannot read");
        Should.Throw<AutoDimException>(() => InputFile.Open(Path.GetDirectoryName(log.Path("x"))!)).Message.ShouldStartWith("cannot read");
    }

    [Fact]
    public void Read_Gzip_IsKnownByItsContentWhateverTheName()
    {
        Text(log.WriteGzip("a.csv", "a,b\n1,2\n")).ShouldBe("a,b\n1,2\n");
        Text(log.Write("b.csv.gz", "plain")).ShouldBe("plain");
        Text(log.Write("one", "\u001f")).ShouldBe("\u001f");
    }

    [Fact]
    public void Read_AnyGzipMembers_GivesTheirTextsInTurn()
        => Gen.Select(Gen.Int[0, 200_000], Gen.Int[0, 300], Gen.Int[0, 5]).Array[1, 4].Sample(members =>
        {
            string[] texts = [.. members.Select(member => string.Concat(Enumerable.Range(0, member.Item1 / 10).Select(i => $"{i * (member.Item2 + 1) % 7919},")) + new string('x', member.Item3))];
            Text(log.WriteGzip("members.gz", texts)).ShouldBe(string.Concat(texts));
        }, iter: 20, threads: 1);

    [Fact]
    public void Read_GzipOfRandomBytes_SeesNoMemberThatIsNone()
    {
        // Incompressible text holds every pair of bytes, gzip's own mark among them.
        var random = new Random(3);
        var bytes = new byte[1 << 20];
        random.NextBytes(bytes);
        using (var gzip = new GZipStream(File.Create(log.Path("random.gz")), CompressionLevel.NoCompression)) gzip.Write(bytes);
        using (var gzip = new GZipStream(new FileStream(log.Path("random.gz"), FileMode.Append), CompressionLevel.NoCompression)) gzip.Write(bytes);
        using var stream = InputFile.Open(log.Path("random.gz"));
        using var read = new MemoryStream();
        stream.CopyTo(read);
        read.ToArray().AsSpan().SequenceEqual([.. bytes, .. bytes]).ShouldBeTrue();
    }

    [Fact]
    public void Read_TruncatedGzip_IsAnErrorWhereverItIsCut()
    {
        var whole = File.ReadAllBytes(log.WriteGzip("a.gz", string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * 7919},")), "second member"));
        var firstMember = File.ReadAllBytes(log.WriteGzip("b.gz", string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * 7919},")))).Length;
        for (var length = 3; length < whole.Length; length++)
        {
            if (length == firstMember) continue;
            File.WriteAllBytes(log.Path("cut.gz"), whole[..length]);
            Should.Throw<AutoDimException>(() => Text(log.Path("cut.gz")), $"{length} of {whole.Length} bytes").Message.ShouldContain("truncated gzip file");
        }
    }

    [Fact]
    public void Read_DamagedGzip_IsAnError()
    {
        var whole = File.ReadAllBytes(log.WriteGzip("a.gz", string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i * 7919L % 10007},"))));
        for (var i = 1; i < 20; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[whole.Length * i / 20] ^= 16;
            File.WriteAllBytes(log.Path("damaged.gz"), damaged);
            Should.Throw<AutoDimException>(() => Text(log.Path("damaged.gz"))).Message.ShouldContain(log.Path("damaged.gz"));
        }
    }

    [Fact]
    public void Read_Progress_EndsAtTheFilesLength()
    {
        foreach (var path in (string[])[log.Write("a.csv", new string('a', 300_000)), log.WriteGzip("b.csv", new string('b', 3_000_000))])
        {
            List<long> told = [];
            using var stream = InputFile.Open(path, told.Add);
            stream.CopyTo(Stream.Null);
            told.ShouldBe(told.Order());
            told[^1].ShouldBe(new FileInfo(path).Length);
        }
    }

    private static string Text(string path)
    {
        using var reader = new StreamReader(InputFile.Open(path), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}

using System.IO.Compression;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>What goes wrong is told clearly, and costs nothing that was there before.</summary>
public sealed class PreparationFailureTests : IDisposable
{
    private const string Schema = "label: {column: y}\nfields: [{column: user}, {column: n, kind: numeric, count: 4}]";
    private const string Good = "y,user,n\n1,a,1\n0,b,2\n1,a,3\n0,c,4\n";

    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\n\n", "has no column")]
    [InlineData("y,user,n\n", "holds no rows to train on")]
    [InlineData("y,user,n\n1,a,1\n1,b,2\n", "all 2 labels of the train split are 1; both classes are needed")]
    [InlineData("y,user,n\n0,a,1\n0,b,2\n-1,c,2\n", "all 3 labels of the train split are 0; both classes are needed")]
    [InlineData("y,user,n\n1,a,1\n0,b,2\n2,b,2\n", "line 4: label column 'y' is '2', expected 1 or 0")]
    [InlineData("y,user,n\n1,a,1\n,b,2\n", "line 3: label column 'y' is '', expected 1 or 0")]
    [InlineData("y,user,n\n1,a,1\n0,b,2,3\n", "line 3: the row has 4 values, expected 3")]
    [InlineData("y,user,n\n1,a,1\n0,b\n", "line 3: the row has 2 values, expected 3")]
    [InlineData("y,user,n\n1,a,1\n0,b,many\n", "line 3: column 'n' is 'many', not a number")]
    [InlineData("y;user;n\n1;a;1\n0;\"b;2\n", "line 3: a quote is opened and never closed")]
    [InlineData("y,name,n\n1,a,1\n", "has no column 'user' for field 'user'; it has y, name, n")]
    public void Run_BadFile_IsToldAndFormerDataStands(string text, string problem)
    {
        log.PrepareText(Schema, Good);
        var before = log.Contents();
        var path = log.Write("bad.csv", text);
        var message = Should.Throw<AutoDimException>(() => log.Prepare(Schema, path)).Message;
        message.ShouldContain(problem);
        if (problem.StartsWith("line", StringComparison.Ordinal)) message.ShouldStartWith($"{path}, ");
        log.Contents().ShouldBe(before);
        ClickData.Verify(log.Out);
    }

    [Fact]
    public void Run_TruncatedGzip_IsToldAndFormerDataStands()
    {
        log.PrepareText(Schema, Good);
        var before = log.Contents();
        var path = log.WriteGzip("log.csv.gz", "y,user,n\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i % 2},u{i * 7919L % 10007},{i % 100}\n")));
        log.Prepare(Schema, path).Labels.Length.ShouldBe(100_000);
        before = log.Contents();
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1000]);
        foreach (var policy in Enum.GetValues<BadRowPolicy>())
        {
            Should.Throw<AutoDimException>(() => log.Prepare(Schema, path, policy)).Message.ShouldBe($"'{path}' is a truncated gzip file, or has other bytes after its end; copy it again");
            log.Contents().ShouldBe(before);
        }
    }

    [Fact]
    public void Run_FailingFirstTime_LeavesNoFolder()
    {
        Should.Throw<AutoDimException>(() => log.PrepareText(Schema, "y,user,n\n1,a,1\n0,b\n"));
        Should.Throw<AutoDimException>(() => log.PrepareText(Schema, "y,user,n\n1,a,1\n1,b,3\n"));
        Directory.Exists(log.Out).ShouldBeFalse();
    }

    [Fact]
    public void Run_DataThere_NeedsOverwrite()
    {
        log.PrepareText(Schema, Good);
        var before = log.Contents();
        Should.Throw<AutoDimException>(() => log.Run(Schema, log.Path("log.csv"))).Message.ShouldContain("already holds prepared data; choose another --out, or replace it with --overwrite");
        log.Contents().ShouldBe(before);
    }

    [Fact]
    public void Run_Overwritten_HoldsTheNewAlone()
    {
        log.PrepareText(Schema, Good);
        File.WriteAllText(Path.Combine(log.Out, "notes.txt"), "mine");
        log.PrepareText(Schema, Good + "1,d,5\n").Labels.Length.ShouldBe(5);
        Directory.GetFileSystemEntries(log.Out).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["data.json", "notes.txt", "prepared-2"]);
        Directory.GetFiles(Path.Combine(log.Out, "prepared-2")).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["schema.yaml", "test-00000.arrow", "train-00000.arrow", "valid-00000.arrow", "vocabulary.bin"]);
    }

    [Fact]
    public void Run_OverDamagedData_Repairs()
    {
        log.PrepareText(Schema, Good);
        File.WriteAllText(Path.Combine(log.Out, DataManifest.Name), "{");
        log.PrepareText(Schema, Good);
        ClickData.Verify(log.Out);
        Directory.GetDirectories(log.Out).ShouldHaveSingleItem();
    }

    [Fact]
    public void Run_Cancelled_FormerDataStands()
    {
        log.PrepareText(Schema, Good);
        var before = log.Contents();
        var path = log.Write("long.csv", "y,user,n\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i % 2},u{i},{i}\n")));
        foreach (var pass in (string[])["count values", "encode rows"])
        {
            using var cancellation = new CancellationTokenSource();
            Should.Throw<OperationCanceledException>(() => ClickLog.Run(new PrepareOptions { Files = [path], Schema = log.Schema(Schema), Out = log.Out, Overwrite = true },
                progress =>
                {
                    if (progress.Pass == pass && progress.Rows > 20_000) cancellation.Cancel();
                },
                cancellation));
            log.Contents().ShouldBe(before);
        }
    }

    [Theory, InlineData("file/out"), InlineData("file"), InlineData("/proc/autodim"), InlineData("/dev/full")]
    public void Run_UnwritableFolder_SaysSo(string name)
    {
        log.Write("file", "in the way");
        var target = Path.Combine(log.Path(""), name);
        var path = log.Write("log.csv", Good);
        var message = Should.Throw<AutoDimException>(() => log.Run(Schema, path, options => options with { ValidFiles = [path], TestFiles = [path], Out = target })).Message;
        message.ShouldStartWith($"cannot write to '{target}'");
        message.ShouldContain("check that the folder is writable and the disk has room");
        File.ReadAllText(log.Path("file")).ShouldBe("in the way");
    }

    [Fact]
    public void Run_FullDisk_SaysSoAndFormerDataStands()
    {
        using var disk = new SmallDisk(400);
        var target = Path.Combine(disk.Path, "out");
        var small = log.Write("small.csv", Good);
        var large = log.Write("large.csv", "y,user,n\n" + string.Concat(Enumerable.Range(0, 140_000).Select(i => $"{i % 2},u{i % 5000},{i}\n")));
        PrepareOptions Options(string path) => new() { Files = [path], ValidFiles = [small], TestFiles = [small], Schema = log.Schema(Schema), Out = target, Overwrite = true };
        ClickLog.Run(Options(small));
        var fingerprint = DataManifest.Load(target).Fingerprint;
        var message = Should.Throw<AutoDimException>(() => ClickLog.Run(Options(large))).Message;
        message.ShouldStartWith($"cannot write to '{target}'");
        message.ShouldContain("the disk has room");
        DataManifest.Load(target).Fingerprint.ShouldBe(fingerprint);
        ClickData.Verify(target);
        Directory.GetFileSystemEntries(target).Select(Path.GetFileName).Order(StringComparer.Ordinal).ShouldBe(["data.json", "prepared-1"]);
    }

    [Fact]
    public void Run_SplitsThatAreEmpty_SaysWhich()
    {
        var (good, none) = (log.Write("log.csv", Good), log.Write("none.csv", "y,user,n\n"));
        Should.Throw<AutoDimException>(() => log.Run(Schema, good, options => options with { ValidFiles = [none], TestFiles = [good] })).Message.ShouldBe("the valid split has no rows; give it files or a larger share");
        Directory.Exists(log.Out).ShouldBeFalse();
    }

    [Theory]
    [InlineData(BadRowPolicy.Skip)]
    [InlineData(BadRowPolicy.Quarantine)]
    public void Run_BadRowsLeftOut_AreCountedOnceAndTold(BadRowPolicy policy)
    {
        var path = log.Write("bad.csv", Good + "5,a,1\n1,a\n0,b,many\n1,z,7\n");
        var small = log.Write("small.csv", Good);
        var manifest = log.Run(Schema, path, options => options with { ValidFiles = [small], TestFiles = [small], OnBadRow = policy });
        manifest.BadRows.ShouldBe(3);
        manifest.Splits[0].Rows.ShouldBe(5);
        string[] expected = ["line 6: label column 'y' is '5'", "line 7: the row has 2 values", "line 8: column 'n' is 'many'"];
        for (var i = 0; i < expected.Length; i++) manifest.Warnings[i].ShouldStartWith($"bad row left out: {path}, {expected[i]}");
        var quarantine = Path.Combine(log.Out, manifest.Folder, "quarantine.txt");
        manifest.Warnings.Skip(3).ShouldBe(policy == BadRowPolicy.Quarantine ? [$"all 3 bad rows are in '{quarantine}'"] : []);
        log.Read().Labels.ShouldBe([1f, 0f, 1f, 0f, 1f]);
        File.Exists(quarantine).ShouldBe(policy == BadRowPolicy.Quarantine);
        if (policy != BadRowPolicy.Quarantine) return;
        var kept = File.ReadAllLines(quarantine);
        kept.Select(line => line.Split('\t')[1]).ShouldBe(["5,a,1", "1,a", "0,b,many"]);
        kept[1].ShouldStartWith($"{path}, line 7: ");
    }

    [Fact]
    public void Run_AllRowsBad_SaysTheFirst()
        => Should.Throw<AutoDimException>(() => log.Prepare(Schema, log.Write("bad.csv", "y,user,n\n1,a\n0,b\n"), BadRowPolicy.Skip)).Message.ShouldContain("holds no rows to train on (6 bad rows;");

    [Fact]
    public void Run_LibfmBadRows_AreToldToo()
    {
        Directory.CreateDirectory(log.Path("libfm"));
        log.Write("libfm/fields.tsv", "user\t0\t9\n");
        foreach (var split in PreparationInputs.SplitNames) log.Write($"libfm/{split}.libfm", "1 3:1\n0 4:1\n1 99:1\n");
        Should.Throw<AutoDimException>(() => log.Run(null, log.Path("libfm"))).Message.ShouldContain("line 3: id 99 of field 'user' is outside its range 0 to 9");
        var manifest = log.Run(null, log.Path("libfm"), options => options with { OnBadRow = BadRowPolicy.Skip });
        (manifest.BadRows, manifest.Warnings.Count).ShouldBe((3, 3));
    }

    [Fact]
    public void Run_FieldsThatTellNothing_AreWarnedOf()
    {
        log.PrepareText("""
            label: {column: y}
            fields:
              - column: user
              - column: constant
              - column: empty
              - {column: empty, name: emptyNumber, kind: numeric}
              - {column: empty, name: emptyGiven, kind: numeric, buckets: [1]}
              - {column: empty, name: emptyHash, hash: 5}
              - {column: empty, name: emptyTags, kind: multi}
              - {column: seven, kind: numeric}
              - {column: user, name: rare, minCount: 9}
            """, "y,user,constant,empty,seven\n1,a,x,,7\n0,b,x,,7\n1,a,x,,7\n").Column("constant").ShouldBe([2L, 2L, 2L]);
        DataManifest.Load(log.Out).Warnings.ShouldBe(
        [
            "field 'constant' has one value only in training; it can tell little",
            .. new[] { "empty", "emptyNumber", "emptyGiven", "emptyHash", "emptyTags" }.Select(name => $"field '{name}' has no value in training; leave it out"),
            "field 'seven' has one value only in training; it can tell little",
            "field 'rare' has no value that occurs often enough in training; lower minCount or leave it out",
        ]);
    }

    [Fact]
    public void Run_InputsThatDoNotFit_SaysWhatToDo()
    {
        string Message(string? schema, string file, Func<PrepareOptions, PrepareOptions>? change = null) => Should.Throw<AutoDimException>(() => log.Run(schema, file, change)).Message;
        Directory.CreateDirectory(log.Path("folder"));
        Message(null, log.Path("folder")).ShouldContain("is a folder without fields.tsv");
        Message(null, log.Write("log.csv", Good)).ShouldContain("a schema is needed: --schema FILE; guess one with --guess --label COLUMN");
        Message(Schema, log.Path("none.csv")).ShouldBe($"there is no file '{log.Path("none.csv")}'");
        Message(Schema, log.Path("log.csv"), options => options with { TestFiles = [log.Path("none.csv")] }).ShouldBe($"there is no file '{log.Path("none.csv")}'");
        Message(Schema, "x", options => options with { Files = [] }).ShouldBe("no files are given to prepare");
        Message(null, log.Write("a.libfm", "1 2:1\n")).ShouldContain("there is no '" + log.Path("fields.tsv"));
        log.Write("fields.tsv", "user\t0\t9\n");
        Message(Schema, log.Path("a.libfm")).ShouldContain("the schema names fields, but");
        File.Delete(log.Path("fields.tsv"));
        File.CreateSymbolicLink(log.Path("fields.tsv"), "/proc/self/mem"); // which opens, but fails where it is read
        Message(null, log.Path("a.libfm")).ShouldStartWith("cannot read the files to prepare");
        File.CreateSymbolicLink(log.Path("mem.csv"), "/proc/self/mem");
        Message(Schema, log.Path("mem.csv")).ShouldStartWith($"cannot read '{log.Path("mem.csv")}'");
        log.Write("folder/fields.tsv", "user\t0\t9\n");
        log.Write("folder/train.libfm", "1 2:1\n");
        Message(null, log.Path("folder")).ShouldContain("has 0 files valid.libfm");
        Message(Schema, log.Path("folder")).ShouldContain("leave out --schema, --valid and --test");
        Directory.Exists(log.Out).ShouldBeFalse();
    }
}

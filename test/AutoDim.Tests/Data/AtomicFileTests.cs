using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_NewFileInNewFolder_HoldsWhatWasWritten()
    {
        AtomicFile.WriteText(folder.File("a/b/c.txt"), "naïve");
        File.ReadAllText(folder.File("a/b/c.txt")).ShouldBe("naïve");
        Directory.GetFiles(folder.File("a/b")).ShouldHaveSingleItem();
    }

    [Fact]
    public void Write_InTheMiddle_FormerVersionStands()
    {
        var path = folder.File("a.txt");
        AtomicFile.WriteText(path, "former");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the n"u8);
            stream.Flush();
            File.ReadAllText(path).ShouldBe("former"); // so a kill at this point leaves it
            stream.Write("ew"u8);
        });
        File.ReadAllText(path).ShouldBe("half of the new");
    }

    [Fact]
    public void Write_CallbackFails_FormerVersionStandsAndNoTemporaryFile()
    {
        var path = folder.File("a.txt");
        AtomicFile.WriteText(path, "former");
        Should.Throw<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException();
        }));
        File.ReadAllText(path).ShouldBe("former");
        Directory.GetFiles(folder.Path).ShouldBe([path]);
    }

    [Fact]
    public void Write_LeftoverOfAKilledWriter_IsNoHindrance()
    {
        var path = folder.File("a.txt");
        File.WriteAllText(AtomicFile.Temporary(path), "a long text that a killed process with this number left");
        AtomicFile.WriteText(path, "new");
        File.ReadAllText(path).ShouldBe("new");
        Directory.GetFiles(folder.Path).ShouldBe([path]);
    }

    /// <summary>Those of any process, in folders below too; but no file of somebody else's naming, and none in a folder that another process may be at work in.</summary>
    [Fact]
    public void RemoveLeftovers_OfKilledProcesses_GoAndNothingElse()
    {
        string[] left = ["a.txt.123.autodim-tmp", "model/weights.99.autodim-tmp", "search/search/checkpoint/a.9.autodim-tmp.9.autodim-tmp", "export.5.autodim-tmp/model.onnx"], kept = ["mine.tmp", "a.txt", "other/.lock", "other/b.json.77.autodim-tmp", "prepared-1/cells.tmp", "notes.12.tmp"];
        foreach (var name in left.Concat(kept))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), "");
        }

        AtomicFile.RemoveLeftovers(folder.Path);
        Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.Path, path)).ShouldBe(kept, ignoreOrder: true);
        Directory.Exists(folder.File("export.5.autodim-tmp")).ShouldBeFalse();
    }

    [Fact]
    public void Write_NameOfAFolder_SaysSoAndLeavesNoTemporaryFile()
    {
        Directory.CreateDirectory(folder.File("a.txt/b"));
        Should.Throw<AutoDimException>(() => AtomicFile.WriteText(folder.File("a.txt"), "text")).Message.ShouldStartWith($"cannot write '{folder.File("a.txt")}'");
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([folder.File("a.txt")]);
    }

    [Theory, InlineData("file/below.txt"), InlineData("/proc/autodim/a.txt")]
    public void Write_UnwritableFolder_SaysSo(string name)
    {
        File.WriteAllText(folder.File("file"), "");
        var path = Path.Combine(folder.Path, name);
        var error = Should.Throw<AutoDimException>(() => AtomicFile.WriteText(path, "text"));
        error.Message.ShouldStartWith($"cannot write '{path}'");
        error.Message.ShouldContain("check that the folder is writable");
    }

    [Fact]
    public void Write_FullDisk_FormerVersionStandsAndNoTemporaryFile()
    {
        using var disk = new SmallDisk(64);
        var path = Path.Combine(disk.Path, "a.txt");
        AtomicFile.WriteText(path, "former");
        var error = Should.Throw<AutoDimException>(() => AtomicFile.WriteText(path, new string('x', 200_000)));
        error.Message.ShouldContain("the disk has room");
        File.ReadAllText(path).ShouldBe("former");
        Directory.GetFiles(disk.Path).ShouldBe([path]);
    }
}

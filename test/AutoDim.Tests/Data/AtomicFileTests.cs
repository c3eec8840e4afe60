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
        File.WriteAllText($"{path}.{Environment.ProcessId}.tmp", "a long text that a killed process with this number left");
        AtomicFile.WriteText(path, "new");
        File.ReadAllText(path).ShouldBe("new");
        Directory.GetFiles(folder.Path).ShouldBe([path]);
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

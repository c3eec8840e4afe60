using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void New_Held_RefusedUntilItIsFree()
    {
        using (new FolderLock(folder.Path)) Should.Throw<AutoDimException>(() => new FolderLock(folder.Path)).Message.ShouldBe($"another autodim works in '{folder.Path}'; wait for it, or choose another --out");
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
        using (new FolderLock(folder.Path)) File.Exists(folder.File(FolderLock.Name)).ShouldBeTrue();
    }

    /// <summary>As a machine leaves it whose power was cut.</summary>
    [Fact]
    public void New_FileThatNobodyHolds_IsTakenOver()
    {
        File.WriteAllText(folder.File(FolderLock.Name), "");
        using (new FolderLock(folder.Path)) Should.Throw<AutoDimException>(() => new FolderLock(folder.Path));
        File.Exists(folder.File(FolderLock.Name)).ShouldBeFalse();
    }

    [Fact]
    public void New_HeldByAProcessThatIsKilled_IsTakenOver()
    {
        using var clicks = new PreparedClicks(rows: 300);
        string[] train = ["train", clicks.Folder, "--epochs", "10000", "--patience", "1000", "--out", folder.Path, "--quiet"];
        using var process = CommandLine.Start(train);
        CommandLine.WaitFor(() => File.Exists(folder.File("metrics.jsonl")), process);
        CommandLine.Run(train).Errors.ShouldContain("another autodim works in");
        process.Kill();
        process.WaitForExit();
        File.Exists(folder.File(FolderLock.Name)).ShouldBeTrue();
        new FolderLock(folder.Path).Dispose();
    }

    /// <summary>The folder is at fault, not another process.</summary>
    [Fact]
    public void New_ReadOnlyDisk_SaysWhatIsWrong()
    {
        using var disk = new SmallDisk(100);
        File.WriteAllText(Path.Combine(disk.Path, FolderLock.Name), "");
        disk.Remount("ro");
        Should.Throw<IOException>(() => new FolderLock(disk.Path)).Message.ShouldContain("Read-only");
        disk.Remount("rw");
    }
}

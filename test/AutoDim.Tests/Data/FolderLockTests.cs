using System.Collections.Concurrent;
using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class FolderLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>The holder removes the file, or, as on Windows, the system does.</summary>
    public static readonly TheoryData<bool> Systems = OperatingSystem.IsWindows() ? [true] : [false, true];

    [Theory, MemberData(nameof(Systems))]
    public void New_Held_RefusedUntilItIsFree(bool vanishes)
    {
        using (new FolderLock(folder.Path, vanishes)) Should.Throw<AutoDimException>(() => new FolderLock(folder.Path, vanishes)).Message.ShouldMatch(@$"^another autodim \(process {Environment.ProcessId} since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\) works in '{folder.Path}'; wait for it \(--wait 10m\), or choose another --out$");
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
        using (new FolderLock(folder.Path, vanishes)) File.Exists(folder.File(FolderLock.Name)).ShouldBeTrue();
    }

    /// <summary>How .NET tells each system's refusal of a file that another holds; other failures are the folder's.</summary>
    [Theory, InlineData(11, true), InlineData(35, true), InlineData(unchecked((int)0x80070020), true), InlineData(unchecked((int)0x80070070), false), InlineData(28, false), InlineData(30, false)]
    public void IsHeld_OtherSystemsCodes_AreKnown(int code, bool expected) => FolderLock.IsHeld(new IOException("", code)).ShouldBe(expected);

    /// <summary>As a machine leaves it whose power was cut.</summary>
    [Theory, MemberData(nameof(Systems))]
    public void New_FileThatNobodyHolds_IsTakenOver(bool vanishes)
    {
        File.WriteAllText(folder.File(FolderLock.Name), "");
        using (new FolderLock(folder.Path, vanishes)) Should.Throw<AutoDimException>(() => new FolderLock(folder.Path, vanishes));
        File.Exists(folder.File(FolderLock.Name)).ShouldBeFalse();
    }

    [Fact]
    public void New_HeldByAProcessThatIsKilled_IsTakenOver()
    {
        using var clicks = new PreparedClicks(rows: 300);
        string[] train = ["train", clicks.Folder, "--epochs", "10000", "--patience", "1000", "--out", folder.Path, "--quiet"];
        using var process = CommandLine.Start(train);
        CommandLine.WaitFor(() => File.Exists(folder.File("metrics.jsonl")), process);
        CommandLine.Run(train).Errors.ShouldContain($"another autodim (process {process.Id} since ");
        process.Kill();
        process.WaitForExit();
        File.Exists(folder.File(FolderLock.Name)).ShouldBeTrue();
        new FolderLock(folder.Path).Dispose();
    }

    [Fact]
    public async Task New_ToWaitForAnotherThatEnds_TakesTheLockThen()
    {
        var notices = new ConcurrentQueue<string>();
        LockWait.Current.Value = new LockWait(TimeSpan.FromHours(1), notices.Enqueue, TestContext.Current.CancellationToken);
        var first = new FolderLock(folder.Path);
        var second = Task.Run(() => new FolderLock(folder.Path), TestContext.Current.CancellationToken);
        while (notices.IsEmpty) await Task.Delay(5, TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        second.IsCompleted.ShouldBeFalse();
        first.Dispose();
        (await second).Dispose();
        notices.ShouldHaveSingleItem().ShouldMatch(@$"^another autodim \(process {Environment.ProcessId} since .*\) works in '{folder.Path}'; waiting for it, at most 01:00:00$");
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void New_HeldForLongerThanItIsToWait_Refused()
    {
        LockWait.Current.Value = new LockWait(TimeSpan.FromSeconds(0.2), _ => { }, TestContext.Current.CancellationToken);
        using (new FolderLock(folder.Path)) Should.Throw<AutoDimException>(() => new FolderLock(folder.Path)).Message.ShouldContain("still works in");
    }

    /// <summary>Who removes its lock's file does so while others open it: none of them may take a file that has lost its name for the lock.</summary>
    [Fact]
    public async Task New_ManyThatWait_OneAtATimeHasIt()
    {
        LockWait.Current.Value = new LockWait(TimeSpan.FromHours(1), _ => { }, TestContext.Current.CancellationToken);
        var (inside, together) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10; i++)
            {
                using var held = new FolderLock(folder.Path);
                if (Interlocked.Increment(ref inside) > 1) Interlocked.Increment(ref together);
                Thread.Sleep(1);
                Interlocked.Decrement(ref inside);
            }
        })));
        together.ShouldBe(0);
    }

    /// <summary>As a user does: the second command waits, until it is interrupted, or until the first is gone.</summary>
    [Fact]
    public void Command_ToWait_WaitsIsInterruptedOrGoesOn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -INT");
        using var clicks = new PreparedClicks(rows: 300);
        string[] train = ["train", clicks.Folder, "--model", "lr", "--out", folder.Path, "--quiet"];
        using var first = CommandLine.Start([.. train, "--epochs", "10000", "--patience", "1000"]);
        CommandLine.WaitFor(() => File.Exists(folder.File("metrics.jsonl")), first);
        using (var interrupted = CommandLine.Start([.. train, "--wait", "2h"]))
        {
            interrupted.StandardError.ReadLine().ShouldBe($"autodim: another autodim (process {File.ReadAllText(folder.File(FolderLock.HolderName))}) works in '{folder.Path}'; waiting for it, at most 02:00:00");
            Tool.Run("kill", "-INT", $"{interrupted.Id}").Code.ShouldBe(0);
            interrupted.StandardError.ReadToEnd().ShouldContain("autodim: stopped");
            interrupted.WaitForExit();
            interrupted.ExitCode.ShouldBe(130);
        }

        File.Exists(folder.File(FolderLock.Name)).ShouldBeTrue(); // the first's
        using var second = CommandLine.Start([.. train, "--epochs", "10000", "--patience", "1000", "--wait", "600"]);
        second.StandardError.ReadLine()!.ShouldContain($"(process {first.Id} since ");
        first.Kill();
        CommandLine.WaitFor(() => File.ReadAllText(folder.File(FolderLock.HolderName)).StartsWith($"{second.Id} since", StringComparison.Ordinal), second);
        second.Kill();
        second.WaitForExit();
    }

    /// <summary>A command that waits for a model's update finds the updated model, not the one of before.</summary>
    [Fact]
    public async Task Update_ThatWaitedForTheModelsFolder_FindsWhatItWaitedFor()
    {
        using var clicks = new PreparedClicks(rows: 300);
        CommandLine.Run("train", clicks.Folder, "--model", "lr", "--epochs", "1", "--out", folder.Path, "--quiet").ExitCode.ShouldBe(0);
        Task<CommandLine.Outcome> update;
        using (new FolderLock(folder.Path))
        {
            using var other = new TemporaryFolder();
            CommandLine.Run("update", folder.Path, "--data", clicks.Csv, "--out", other.Path, "--quiet").ExitCode.ShouldBe(0);
            update = Task.Run(() => CommandLine.Run("update", folder.Path, "--data", clicks.Csv, "--out", folder.Path, "--wait", "600"), TestContext.Current.CancellationToken);
            while (!File.Exists(other.File("model/manifest.json"))) await Task.Delay(10, TestContext.Current.CancellationToken);
            await Task.Delay(2000, TestContext.Current.CancellationToken); // it has come to the lock, or would have read the model by now
            FolderContents.Copy(other.File("model"), folder.File("model"));
        }

        (await update).Errors.ShouldContain("has learned just these rows already");
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

using AutoDim.Tests.Support;

namespace AutoDim.Tests.Reliability;

/// <summary>A disk that fills up, rights that are lost, and names that are taken, in the middle of a training: told in one line with exit code 2, and once it is mended the same command goes on to the same files.</summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class WriteFailureTests : IDisposable
{
    private readonly PreparedClicks clicks = new(rows: 400);
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void Train_DiskFull_SaysSoAndGoesOnWhenThereIsRoom()
    {
        using var disk = new SmallDisk(2000);
        var place = Path.Combine(disk.Path, "run");
        // All but a few kilobytes is taken: for the record of the run, not for a checkpoint.
        File.WriteAllBytes(Path.Combine(disk.Path, "filler"), new byte[(2000 << 10) - 8192]);
        ShouldSay(place, "the disk has room");
        File.Delete(Path.Combine(disk.Path, "filler"));
        ShouldGoOn(place);
    }

    [Fact]
    public void Train_DiskTurnedReadOnly_SaysSoAndGoesOnWhenItIsWritable()
    {
        using var disk = new SmallDisk(2000);
        var place = Path.Combine(disk.Path, "run");
        Directory.CreateDirectory(place);
        disk.Remount("ro");
        ShouldSay(place, place);
        disk.Remount("rw");
        ShouldGoOn(place);
    }

    /// <summary>What is to be renamed onto a folder cannot be.</summary>
    [Theory, InlineData("plan.json"), InlineData("result.json"), InlineData("checkpoint/model-l2-0-seed1.safetensors"), InlineData("checkpoint/model-l2-0-seed1-best.safetensors"), InlineData("stages/model-l2-0-seed1.json"), InlineData("model/manifest.json"), InlineData("metrics.jsonl"), InlineData("model")]
    public void Train_NameTaken_SaysSoAndGoesOnWhenItIsFree(string name)
    {
        var place = folder.File("run");
        Directory.CreateDirectory(place);
        if (name == "model") File.WriteAllText(Path.Combine(place, name), "in the way");
        else Directory.CreateDirectory(Path.Combine(place, name, "in the way"));
        ShouldSay(place, Path.GetFileName(name));
        if (name == "model") File.Delete(Path.Combine(place, name));
        else Directory.Delete(Path.Combine(place, name), recursive: true);
        ShouldGoOn(place);
    }

    private string[] Arguments(string place) => ["train", clicks.Folder, "--model", "fm", "--dim", "3", "--epochs", "3", "--batch-size", "64", "--out", place, "--quiet"];

    private void ShouldSay(string place, string text)
    {
        var outcome = CommandLine.Run(Arguments(place));
        outcome.ExitCode.ShouldBe(2, outcome.Errors);
        outcome.Errors.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain(text);
        if (Directory.Exists(place)) Directory.GetFiles(place, "*-tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    private void ShouldGoOn(string place)
    {
        CommandLine.Run(Arguments(folder.File("whole"))).ExitCode.ShouldBe(0);
        var outcome = CommandLine.Run(Arguments(place));
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        FolderContents.ShouldBeSame(place, FolderContents.Of(folder.File("whole")), place);
    }
}

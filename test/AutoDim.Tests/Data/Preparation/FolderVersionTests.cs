using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class FolderVersionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Commit_AFormerVersion_GoesOnlyOnceTheNewIsInForce()
    {
        var data = folder.File("data");
        Commit(data, "one");
        Directory.Exists(Path.Combine(data, "prepared-1")).ShouldBeTrue();
        using (var version = new FolderVersion(data))
        {
            File.WriteAllText(Path.Combine(version.Path, "file"), "two");
            Text(data).ShouldBe("one"); // whatever stops this process now
            version.Commit(Manifest(version));
            Text(data).ShouldBe("two");
        }

        Names(data).ShouldBe(["data.json", "prepared-2"]);
        Commit(data, "three");
        Names(data).ShouldBe(["data.json", "prepared-1"]);
    }

    [Fact]
    public void Dispose_NotCommitted_LeavesTheFolderAsItWas()
    {
        var data = folder.File("data");
        Commit(data, "one");
        File.WriteAllText(Path.Combine(data, "notes.txt"), "mine");
        Directory.CreateDirectory(Path.Combine(data, "prepared-mine"));
        using (var version = new FolderVersion(data)) File.WriteAllText(Path.Combine(version.Path, "file"), "two");
        Names(data).ShouldBe(["data.json", "notes.txt", "prepared-1", "prepared-mine"]);
        Text(data).ShouldBe("one");
        Commit(data, "two");
        Names(data).ShouldBe(["data.json", "notes.txt", "prepared-2", "prepared-mine"]);
    }

    [Fact]
    public void Dispose_FolderMadeForIt_GoesToo()
    {
        using (new FolderVersion(folder.File("data"))) Directory.Exists(folder.File("data")).ShouldBeTrue();
        Directory.Exists(folder.File("data")).ShouldBeFalse();
    }

    [Fact]
    public void New_LeftoverOfAKilledRun_IsCleared()
    {
        var data = folder.File("data");
        Directory.CreateDirectory(Path.Combine(data, "prepared-1.tmp"));
        File.WriteAllText(Path.Combine(data, "prepared-1.tmp", "train-00000.arrow"), "half");
        Commit(data, "one");
        Names(data).ShouldBe(["data.json", "prepared-1"]);
        Directory.GetFiles(Path.Combine(data, "prepared-1")).Length.ShouldBe(1);
    }

    /// <summary>Killed after the first version had its name and before data.json named it; a folder of data that somebody put there is not one.</summary>
    [Fact]
    public void New_VersionThatNothingNames_IsCleared()
    {
        var data = folder.File("data");
        foreach (var name in (string[])["prepared-1", "prepared-2", "prepared-3"]) Directory.CreateDirectory(Path.Combine(data, name));
        File.WriteAllText(Path.Combine(data, "prepared-1", VocabularyFile.Name), "");
        File.WriteAllText(Path.Combine(data, "prepared-2", VocabularyFile.Name), "");
        File.WriteAllText(Path.Combine(data, "prepared-2", DataManifest.Name), "");
        using (new FolderVersion(data)) Names(data).ShouldBe([".lock", ".lock-holder", "prepared-1.tmp", "prepared-2", "prepared-3"]);
        Names(data).ShouldBe(["prepared-2", "prepared-3"]);
    }

    [Fact]
    public void New_AnotherProcessPrepares_RefusedAndItsFilesStay()
    {
        var data = folder.File("data");
        using var first = new FolderVersion(data);
        File.WriteAllText(Path.Combine(first.Path, "file"), "one");
        Should.Throw<AutoDimException>(() => new FolderVersion(data)).Message.ShouldContain($"works in '{data}'; wait for it");
        first.Commit(Manifest(first));
        Text(data).ShouldBe("one");
    }

    private static void Commit(string data, string text)
    {
        using var version = new FolderVersion(data);
        File.WriteAllText(Path.Combine(version.Path, "file"), text);
        version.Commit(Manifest(version));
    }

    private static string Text(string data) => File.ReadAllText(Path.Combine(data, DataManifest.Load(data).Folder, "file"));

    private static IEnumerable<string?> Names(string data) => Directory.GetFileSystemEntries(data).Select(Path.GetFileName).Order(StringComparer.Ordinal);

    private static DataManifest Manifest(FolderVersion version) => new DataManifest
    {
        DataName = "data",
        Folder = version.Name,
        Sources = [],
        Fields = [new Field("user", 2)],
        Splits = [new SplitFiles("train", 0, 0, []), new SplitFiles("valid", 0, 0, []), new SplitFiles("test", 0, 0, [])],
        Vocabulary = new DataFile("file", 0, ""),
        Schema = new DataFile("file", 0, ""),
        Warnings = [],
        Fingerprint = "",
    }.WithFingerprint();
}

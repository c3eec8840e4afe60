using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Export;

/// <summary>A model, an export or prepared data from elsewhere reads and writes nothing outside of its folder, whatever its manifest says.</summary>
public sealed class ConfinedFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> WaysOut => ["../outside.bin", "../../../../../../etc/passwd", "/etc/passwd", "..", ".", "", "sub/file.bin", "sub\\file.bin", "C:\\file.bin", "file:stream", "a\0b"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(WaysOut))]
    public async Task Load_ModelThatNamesAFileElsewhere_Refused(string name)
    {
        await using var served = await ServedClicks.Start();
        var path = Path.Combine(served.Folder, ModelManifest.Name);
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        foreach (var file in (string[])["weights", "vocabulary", "schema"])
        {
            var changed = manifest.DeepClone();
            changed[file]!["name"] = name;
            await File.WriteAllTextAsync(path, changed.ToJsonString(), TestContext.Current.CancellationToken);
            Should.Throw<AutoDimException>(() => Predictor.Load(served.Folder)).Message.ShouldContain("no plain name in its folder");
            ((string)(await served.Post("/admin/reload", "", System.Net.HttpStatusCode.UnprocessableEntity))["detail"]!).ShouldContain("no plain name in its folder");
        }
    }

    [Fact]
    public async Task Load_FilesBehindLinks_TakenWithinTheFolderAndRefusedOutOfIt()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs rights there");
        await using var served = await ServedClicks.Start();
        var manifest = ModelManifest.Load(served.Folder);
        var weights = Path.Combine(served.Folder, manifest.Weights.Name);
        var kept = Directory.CreateDirectory(Path.Combine(served.Folder, "version")).FullName;
        File.Move(weights, Path.Combine(kept, manifest.Weights.Name));
        File.CreateSymbolicLink(weights, Path.Combine("current", manifest.Weights.Name));
        Directory.CreateSymbolicLink(Path.Combine(served.Folder, "current"), "version"); // as orchestrators mount versions of a folder
        using (var predictor = Predictor.Load(served.Folder)) predictor.Fields.Count.ShouldBe(4);

        File.Move(Path.Combine(kept, manifest.Weights.Name), folder.File("weights"));
        File.CreateSymbolicLink(Path.Combine(kept, manifest.Weights.Name), folder.File("weights"));
        Should.Throw<AutoDimException>(() => Predictor.Load(served.Folder)).Message.ShouldContain("is a link that leads out of its folder");
        Directory.Delete(Path.Combine(served.Folder, "current"));
        Directory.CreateSymbolicLink(Path.Combine(served.Folder, "current"), folder.Path);
        Should.Throw<AutoDimException>(() => Predictor.Load(served.Folder)).Message.ShouldContain("is a link that leads out of its folder");
    }

    [Theory]
    [MemberData(nameof(WaysOut))]
    public void Open_DataThatNamesAFileElsewhere_Refused(string name)
    {
        using var clicks = new PreparedClicks(rows: 60);
        var manifest = DataManifest.Load(clicks.Folder);
        foreach (var changed in (DataManifest[])[manifest with { Folder = name }, manifest with { Vocabulary = manifest.Vocabulary with { Name = name } }])
        {
            File.WriteAllText(Path.Combine(clicks.Folder, DataManifest.Name), JsonSerializer.Serialize(changed.WithFingerprint(), DataJson.Default.DataManifest));
            Should.Throw<AutoDimException>(() => ClickData.Open(clicks.Folder)).Message.ShouldContain("no plain name in its folder");
        }
    }

    [Fact]
    public void Read_ArchiveThatNamesAFileElsewhere_RefusedAndNothingWritten()
    {
        using var weight = Parameter.Constant("w", 2, 2);
        var path = folder.File("sub/model.npz");
        NumpyFile.Write(path, [NamedArray.Of(weight)]);
        using (var archive = ZipFile.Open(path, ZipArchiveMode.Update)) archive.CreateEntry("../outside.npy").Open().Dispose();
        Should.Throw<AutoDimException>(() => NumpyFile.Read(path, [NamedArray.Of(weight)])).Message.ShouldContain("holds 2 arrays");
        Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).ShouldBe([path]);
    }
}

using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class ClickDataTests : IDisposable
{
    private readonly ClickLog log = new();

    public ClickDataTests() => log.PrepareText("label: {column: click}\nfields: [{column: user}, {column: tags, kind: multi}]", "click,user,tags\n1,a,\"x,y\"\n0,b,\n1,a,x\n");

    public void Dispose() => log.Dispose();

    public static TheoryData<string> Files() => ["train-00000.arrow", "valid-00000.arrow", "test-00000.arrow", "vocabulary.bin", "schema.yaml"];

    [Fact]
    public void Open_PreparedFolder_KnowsFieldsAndSplits()
    {
        using var data = ClickData.Open(log.Out);
        data.Name.ShouldBe("out");
        data.Folder.ShouldBe(Path.GetFullPath(log.Out));
        data.Fields.Select(field => (field.Name, field.Rows, field.MultiValued)).ShouldBe([("user", 4L, false), ("tags", 4L, true)]);
        new[] { data.Train, data.Valid, data.Test }.ShouldAllBe(split => split.RowCount == 3);
        data.Fingerprint.Length.ShouldBe(16);
        ClickData.Verify(log.Out);
    }

    [Fact]
    public void Open_FolderWithoutData_SaysHowToMakeIt()
    {
        Should.Throw<AutoDimException>(() => ClickData.Open(log.Path("nothing"))).Message.ShouldContain("autodim prepare");
        Should.Throw<AutoDimException>(() => ClickData.Verify(log.Path("nothing"))).Message.ShouldContain("autodim prepare");
    }

    [Theory, MemberData(nameof(Files))]
    public void Open_FileMissingOrCut_NamesIt(string name)
    {
        var path = PathOf(name);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        Should.Throw<AutoDimException>(() => ClickData.Open(log.Out)).Message.ShouldContain($"'{path}' has ");
        Should.Throw<AutoDimException>(() => ClickData.Verify(log.Out)).Message.ShouldContain($"'{path}' has ");
        File.Delete(path);
        Should.Throw<AutoDimException>(() => ClickData.Open(log.Out)).Message.ShouldContain($"'{path}' is missing");
        Should.Throw<AutoDimException>(() => ClickData.Verify(log.Out)).Message.ShouldContain(path);
    }

    [Theory, MemberData(nameof(Files))]
    public void OpenAndVerify_AnyBitFlipped_NameTheFile(string name)
    {
        var path = PathOf(name);
        var whole = File.ReadAllBytes(path);
        for (var place = 0; place < whole.Length; place += 1 + (whole.Length / 50))
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= 4;
            File.WriteAllBytes(path, damaged);
            Should.Throw<AutoDimException>(() => ClickData.Verify(log.Out)).Message.ShouldContain($"'{path}' is damaged");
            Should.Throw<AutoDimException>(() => ClickData.Open(log.Out)).Message.ShouldContain($"'{path}' is damaged");
        }
    }

    private string PathOf(string name) => Path.Combine(Path.GetFullPath(log.Out), DataManifest.Load(log.Out).Folder, name);
}

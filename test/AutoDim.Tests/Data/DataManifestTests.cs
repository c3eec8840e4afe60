using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class DataManifestTests : IDisposable
{
    private readonly ClickLog log = new();
    private readonly string text;

    public DataManifestTests()
    {
        log.PrepareText("label: {column: click}\nfields: [{column: user}]", "click,user\n1,a\n0,b\n1,a\n");
        text = File.ReadAllText(Json);
    }

    private string Json => Path.Combine(log.Out, DataManifest.Name);

    public void Dispose() => log.Dispose();

    [Fact]
    public void Load_Saved_IsEqual()
    {
        var manifest = DataManifest.Load(log.Out);
        manifest.Save(log.Path("copy"));
        DataManifest.Load(log.Path("copy")).ShouldBeEquivalentTo(manifest);
        manifest.Sources.ShouldBe([log.Path("log.csv"), log.Path("log.csv"), log.Path("log.csv")]);
        manifest.Splits.Select(split => (split.Name, split.Rows, split.Positives)).ShouldBe([("train", 3L, 2L), ("valid", 3L, 2L), ("test", 3L, 2L)]);
    }

    [Fact]
    public void Load_AnyContentChanged_IsRefused()
    {
        void Refused(Action<JsonObject> change)
        {
            var json = JsonNode.Parse(text)!.AsObject();
            change(json);
            File.WriteAllText(Json, json.ToJsonString());
            Should.Throw<AutoDimException>(() => DataManifest.Load(log.Out)).Message.ShouldContain("is damaged");
        }

        Refused(json => json["fields"]![0]!["rows"] = 5);
        Refused(json => json["fields"]![0]!["multiValued"] = true);
        Refused(json => json["fields"] = new JsonArray());
        Refused(json => json["fields"] = null);
        Refused(json => json["splits"]![1]!["rows"] = 4);
        Refused(json => json["splits"]![1]!["files"]![0]!["checksum"] = "0");
        Refused(json => json["splits"]!.AsArray().RemoveAt(2));
        Refused(json => json.Remove("splits"));
        Refused(json => json["vocabulary"]!["name"] = "../other");
        Refused(json => json["sources"] = null);
        Refused(json => json.Remove("warnings"));
        Refused(json => json.Remove("folder"));
        Refused(json => json["fingerprint"] = "0000000000000000");
        Refused(json => json.Remove("fingerprint"));
    }

    [Theory, InlineData(""), InlineData("null"), InlineData("{}"), InlineData("[]"), InlineData("{\"fields\": [")]
    public void Load_NoManifest_IsRefused(string content)
    {
        File.WriteAllText(Json, content);
        Should.Throw<AutoDimException>(() => DataManifest.Load(log.Out)).Message.ShouldContain("is damaged");
        Should.Throw<AutoDimException>(() => ClickData.Open(log.Out));
    }

    [Fact]
    public void Load_Truncated_IsRefused()
    {
        for (var length = 0; length < text.TrimEnd().Length; length += 7)
        {
            File.WriteAllText(Json, text[..length]);
            Should.Throw<AutoDimException>(() => DataManifest.Load(log.Out));
        }
    }

    [Fact]
    public void Load_OtherVersion_SaysSo()
    {
        File.WriteAllText(Json, text.Replace("\"formatVersion\": 1", "\"formatVersion\": 2", StringComparison.Ordinal));
        Should.Throw<AutoDimException>(() => DataManifest.Load(log.Out)).Message.ShouldContain("format version 2, this program reads 1");
    }

    [Fact]
    public void Checksum_NoSuchFile_SaysSo() => Should.Throw<AutoDimException>(() => DataManifest.Checksum(log.Path("none"))).Message.ShouldStartWith("cannot read");
}

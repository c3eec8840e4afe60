using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

public sealed class RawRowsTests : IDisposable
{
    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public void Read_TheFileThatWasPrepared_GivesTheSameRows()
    {
        var path = log.Write("log.csv", "y|user|n|tags|shop\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i =>
            $"{(i % 3 == 0 ? "yes" : "no")}|{(i % 11 == 0 ? "" : $"u{i * 7919L % 3001}")}|{i % 500}|{string.Join(',', Enumerable.Range(0, i % 4).Select(t => $"t{(i + t) % 9}"))}|s{i % 70}\n")));
        var prepared = log.Prepare("""
            delimiter: "|"
            quotes: false
            minCount: 6
            label: {column: y, positive: "yes", negative: "no"}
            fields: [{column: user}, {column: n, kind: numeric}, {column: n, name: root, kind: numeric, buckets: log-square}, {column: tags, kind: multi}, {column: shop, hash: 50}]
            """, path);
        var raw = Read(path);
        raw.Count.ShouldBeGreaterThan(1);
        raw.SelectMany(part => part.Labels).ShouldBe(prepared.Labels);
        foreach (var field in prepared.Fields) raw.SelectMany(part => part.Values(field.Name)).ShouldBe(prepared.Values(field.Name), field.Name);
    }

    [Fact]
    public void Read_UnseenMissingAndNoLabel_Encode()
    {
        log.PrepareText("label: {column: y}\nfields: [{column: user}, {column: tags, kind: multi}]", "y,user,tags\n1,a,\"p,q\"\n0,b,p\n1,a,\n");
        var rows = Read(log.Write("new.csv", "tags,other,user\n\"z,p\",1,a\n,2,c\np,3,\n")).ShouldHaveSingleItem();
        rows.Labels.ShouldBe([0f, 0f, 0f]);
        rows.Column("user").ShouldBe([2L, FieldEncoder.UnseenRow, FieldEncoder.MissingRow]);
        rows.Values("tags").ShouldBe([[FieldEncoder.UnseenRow, 2L], [], [2L]]);
    }

    [Fact]
    public void Read_Libfm_NeedsNoFieldsFile()
    {
        Directory.CreateDirectory(log.Path("libfm"));
        log.Write("libfm/fields.tsv", "user\t5\t9\nitem\t10\t20\n");
        foreach (var split in PreparationInputs.SplitNames) log.Write($"libfm/{split}.libfm", "1 5:1 12:1\n0 9:1 20:1\n");
        log.Run(null, log.Path("libfm"));
        var rows = Read(log.Write("new.libfm", "1 6:1 10:1\n0 5:1 20:1\n")).ShouldHaveSingleItem();
        rows.Column("user").ShouldBe([1L, 0L]);
        rows.Column("item").ShouldBe([0L, 10L]);
        Should.Throw<AutoDimException>(() => Read(log.Write("bad.libfm", "1 4:1 10:1\n"))).Message.ShouldContain("id 4 of field 'user' is outside its range 5 to 9");
    }

    [Fact]
    public void Read_BadRows_FollowThePolicy()
    {
        log.PrepareText("label: {column: y}\nfields: [{column: n, kind: numeric, buckets: [1]}]", "y,n\n1,0\n0,1\n");
        var path = log.Write("new.csv", "y,n\n1,0\n0,many\n0,5\n");
        Should.Throw<AutoDimException>(() => Read(path)).Message.ShouldStartWith($"{path}, line 3: column 'n' is 'many'");
        Read(path, BadRowPolicy.Skip).ShouldHaveSingleItem().Column("n").ShouldBe([2L, 3L]);
    }

    [Fact]
    public void Read_SchemaOfOtherData_IsRefused()
    {
        log.PrepareText("label: {column: y}\nfields: [{column: a}]", "y,a\n1,u\n0,v\n");
        var manifest = DataManifest.Load(log.Out);
        var encoders = VocabularyFile.Load(manifest.PathOf(log.Out, manifest.Vocabulary));
        var schema = log.Schema("label: {column: y}\nfields: [{column: a}, {column: b}]");
        Should.Throw<AutoDimException>(() => RawRows.Read(log.Path("log.csv"), schema, manifest.Fields, encoders, new BadRows(BadRowPolicy.Fail, null)).ToArray()).Message.ShouldContain("they do not belong together");
    }

    private List<PreparedRows> Read(string path, BadRowPolicy policy = BadRowPolicy.Fail)
    {
        var manifest = DataManifest.Load(log.Out);
        var encoders = VocabularyFile.Load(manifest.PathOf(log.Out, manifest.Vocabulary));
        List<PreparedRows> parts = [];
        foreach (var split in RawRows.Read(path, manifest.PathOf(log.Out, manifest.Schema), manifest.Fields, encoders, new BadRows(policy, null))) parts.Add(PreparedRows.Of(split, manifest.Fields));
        return parts;
    }
}

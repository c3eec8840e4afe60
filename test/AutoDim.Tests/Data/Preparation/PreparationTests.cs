using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>From files to prepared rows: what comes out, and how rows are split.</summary>
public sealed class PreparationTests : IDisposable
{
    private const string UserSchema = "label: {column: y}\nfields: [{column: user}]";

    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public void Run_EveryKindOfField_HasTheRowsWorkedOutByHand()
    {
        var rows = log.PrepareText("""
            label: {column: y}
            missing: [NA]
            fields:
              - column: user
              - {column: price, kind: numeric, buckets: [1, 10]}
              - {column: views, kind: numeric, buckets: log-square}
              - {column: price, name: half, kind: numeric, count: 2}
              - {column: tags, kind: multi, separator: "|"}
              - {column: shop, hash: 8}
              - {column: rare, minCount: 2}
            """, """
            y,user,price,views,tags,shop,rare
            1,b,0.5,0,x|y,s1,p
            0,a,1,1,x,s2,q
            1,a,10,3,,s1,p
            0,NA,NA,4,NA,NA,NA
            0,,100,,z|x,,r
            """);
        rows.Labels.ShouldBe([1f, 0f, 1f, 0f, 0f]);
        rows.Column("user").ShouldBe([3L, 2L, 2L, 1L, 1L]);
        rows.Column("price").ShouldBe([2L, 3L, 4L, 1L, 4L]);
        // 0 and 1 stay themselves, 3 and 4 are both 1: so 1 is the most frequent.
        rows.Column("views").ShouldBe([3L, 2L, 2L, 2L, 1L]);
        rows.Column("half").ShouldBe([2L, 2L, 3L, 1L, 3L]);
        rows.Values("tags").Select(values => values.Length).ShouldBe([2, 1, 0, 0, 2]);
        rows.Values("tags")[0][0].ShouldBe(rows.Values("tags")[4][1]); // x
        rows.TableRows("tags").ShouldBe(5);
        rows.Column("shop")[0].ShouldBe(rows.Column("shop")[2]);
        rows.Column("shop")[3..].ShouldBe([1L, 1L]);
        rows.TableRows("shop").ShouldBe(10);
        rows.Column("rare").ShouldBe([2L, 0L, 2L, 1L, 0L]);
        rows.TableRows("rare").ShouldBe(3);
    }

    [Fact]
    public void Run_ValueOfValidationOnly_IsUnseen()
    {
        var train = log.Write("train.csv", "y,user,n\n1,a,1\n0,b,2\n1,a,3\n0,,4\n");
        var test = log.Write("test.csv", "y,user,n\n1,c,1000\n0,c,1\n1,b,\n0,,-1000\n");
        log.Run("label: {column: y}\nfields: [{column: user}, {column: n, kind: numeric, count: 4}]", train, options => options with { ValidFiles = [test], TestFiles = [test] });
        using var data = ClickData.Open(log.Out);
        data.Fields.Select(field => field.Rows).ShouldBe([4L, 6L]); // nothing of c, nor of 1000, is in the tables
        var rows = PreparedRows.Of(data.Test, data.Fields);
        rows.Column("user").ShouldBe([FieldEncoder.UnseenRow, FieldEncoder.UnseenRow, 3L, FieldEncoder.MissingRow]);
        rows.Column("n").ShouldBe([5L, 2L, 1L, 2L]);
    }

    [Fact]
    public void Run_IdsAroundPowersOfTwo_StayApart()
    {
        long[] ids = [(1L << 24) - 1, 1L << 24, (1L << 24) + 1, 1L << 31, (1L << 31) + 1, 1L << 53, (1L << 53) + 1, long.MaxValue - 1, long.MaxValue];
        var rows = log.PrepareText(UserSchema, "y,user\n" + string.Concat(ids.Select((id, i) => $"{i % 2},{id}\n")));
        rows.Column("user").Order().ShouldBe(Enumerable.Range(2, ids.Length).Select(row => (long)row));
    }

    [Fact]
    public void Run_MoreRowsThanARecordBatch_KeepsTheirOrder()
    {
        const int Rows = 150_000;
        var rows = log.PrepareText("label: {column: y}\nfields: [{column: user}, {column: n, kind: numeric, count: 1000}]",
            "y,user,n\n" + string.Concat(Enumerable.Range(0, Rows).Select(i => $"{i % 3 % 2},u{i % 777},{i % 1000}\n")));
        rows.Labels.ShouldBe(Enumerable.Range(0, Rows).Select(i => (float)(i % 3 % 2)));
        rows.Column("n").ShouldBe(Enumerable.Range(0, Rows).Select(i => (long)(i % 1000) + 2));
        var ofUser = rows.Column("user")[..777];
        ofUser.Distinct().Count().ShouldBe(777);
        rows.Column("user").ShouldBe(Enumerable.Range(0, Rows).Select(i => ofUser[i % 777]));
    }

    [Fact]
    public void Run_SeveralFilesAndGlobs_ReadInOrder()
    {
        log.Write("part-2.csv", "y,user\n0,c\n");
        log.WriteGzip("part-1.csv", "y,user\n1,b\n", "0,b\n");
        var first = log.Write("first.csv", "user,y\na,1\n"); // columns are found by name in each file
        var other = log.Write("other.csv", "y,user\n1,a\n0,a\n");
        var manifest = log.Run(UserSchema, first, options => options with { Files = [first, log.Path("part-*.csv")], ValidFiles = [other], TestFiles = [other] });
        manifest.Sources.ShouldBe([first, log.Path("part-1.csv"), log.Path("part-2.csv"), other, other]);
        log.Read().Labels.ShouldBe([1f, 1f, 0f, 0f]);
        var users = log.Read().Column("user");
        users[2].ShouldBe(users[1]);
        users.Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Run_LibfmFolder_KeepsIdsAsRows()
    {
        Directory.CreateDirectory(log.Path("libfm"));
        log.Write("libfm/fields.tsv", "user\t0\t9\nitem\t10\t8589934602\n");
        log.Write("libfm/train.libfm", "1 3:1 12:1\n-1 9:1 8589934602:1\n");
        log.WriteGzip("libfm/valid.libfm.gz", "1 0:1 10:1\n0 1:1 11:1\n");
        log.Write("libfm/test.libsvm", "1 2:1 10:1\n0 1:1 4294967306:1\n");
        var manifest = log.Run(null, log.Path("libfm"));
        manifest.Splits.Select(split => split.Rows).ShouldBe([2L, 2L, 2L]);
        using var data = ClickData.Open(log.Out);
        data.Fields.ShouldBe([new Field("user", 10), new Field("item", 8589934593)]);
        PreparedRows.Of(data.Train, data.Fields).Column("item").ShouldBe([2L, 8589934592L]);
        PreparedRows.Of(data.Test, data.Fields).Column("item").ShouldBe([0L, 4294967296L]);
        PreparedRows.Of(data.Train, data.Fields).Labels.ShouldBe([1f, 0f]);
    }

    [Fact]
    public void Run_LibfmFiles_SplitBySeed()
    {
        log.Write("fields.tsv", "user\t0\t99\nitem\t100\t109\n");
        var file = log.Write("all.libfm", string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i % 2} {i % 100}:1 {100 + (i % 10)}:1\n")));
        log.Run(null, file).Splits.Sum(split => split.Rows).ShouldBe(2000);
        var manifest = log.Run("format: libfm\nsplit: {train: 0.5, valid: 0.25, test: 0.25, seed: 9}", file, options => options with { Overwrite = true });
        manifest.Splits.Select(split => split.Rows / 2000.0).ShouldBe([0.5, 0.25, 0.25], 0.04);
    }

    [Fact]
    public void Run_SameSeed_SameSplitAndFingerprint()
    {
        var path = log.Write("log.csv", "y,user\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i % 2},u{i}\n")));
        string Fingerprint(int seed) => log.Run($"{UserSchema}\nsplit: {{seed: {seed}}}", path, options => options with { Overwrite = true }).Fingerprint;
        var first = Fingerprint(1);
        Fingerprint(1).ShouldBe(first);
        Fingerprint(2).ShouldNotBe(first);
        DataManifest.Load(log.Out).Splits.Select(split => split.Rows / 3000.0).ShouldBe([0.8, 0.1, 0.1], 0.03);
    }

    [Fact]
    public void Run_ByKey_RowsOfOneKeyStayTogether()
    {
        var path = log.Write("log.csv", "y,user,n\n" + string.Concat(Enumerable.Range(0, 6000).Select(i => $"{i * 7 % 13 % 2},u{i % 300},{i % 300}\n")));
        log.Run("label: {column: y}\nfields: [{column: n, kind: numeric, buckets: [" + string.Join(",", Enumerable.Range(1, 299)) + "]}]\nsplit: {by: key, column: user}", path);
        using var data = ClickData.Open(log.Out);
        var keys = new[] { data.Train, data.Valid, data.Test }.Select(split => PreparedRows.Of(split, data.Fields).Column("n").ToHashSet()).ToArray();
        keys.Sum(set => set.Count).ShouldBe(300); // none stands in two splits
        keys.ShouldAllBe(set => set.Count >= 10);
    }

    [Fact]
    public void Run_ByTime_TheLastRowsAreValidationAndTest()
    {
        // Rows in no order of time; those of the given test file say nothing about where training ends.
        var path = log.Write("log.csv", "y,user,day\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i % 2},u,{i * 7919 % 1000}\n")));
        var test = log.Write("test.csv", "y,user,day\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"{i % 2},u,{5000 + i}\n")));
        const string Schema = "label: {column: y}\nfields: [{column: day, kind: numeric, buckets: [100, 700, 800, 900]}]\nsplit: {by: time, column: day, train: 0.7, valid: 0.1, test: 0.2}";
        log.Run(Schema, path).Splits.Select(split => split.Rows).ShouldBe([700L, 100L, 200L]);
        using (var data = ClickData.Open(log.Out))
        {
            PreparedRows.Of(data.Train, data.Fields).Column("day").ShouldAllBe(row => row <= 3);
            PreparedRows.Of(data.Valid, data.Fields).Column("day").ShouldAllBe(row => row == 4);
            PreparedRows.Of(data.Test, data.Fields).Column("day").ShouldAllBe(row => row >= 5);
        }

        log.Run(Schema, path, options => options with { TestFiles = [test], Overwrite = true }).Splits.Select(split => split.Rows).ShouldBe([875L, 125L, 5000L]);
    }

    [Fact]
    public void Run_GivenFiles_AreTheSplits()
    {
        var (train, valid, test) = (log.Write("a.csv", "y,user\n1,a\n0,b\n"), log.Write("b.csv", "y,user\n1,a\n0,b\n1,c\n"), log.Write("c.csv", "y,user\n1,a\n0,b\n1,c\n0,d\n"));
        var manifest = log.Run(UserSchema, train, options => options with { ValidFiles = [valid], TestFiles = [test] });
        manifest.Splits.Select(split => (split.Rows, split.Positives)).ShouldBe([(2L, 1L), (3L, 2L), (4L, 2L)]);
    }

    [Fact]
    public void Run_Progress_CoversEveryPass()
    {
        var path = log.Write("log.csv", "y,user,day\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $"{i % 2},u{i % 10},{i}\n")));
        List<PreparationProgress> told = [];
        ClickLog.Run(new PrepareOptions { Files = [path], Schema = log.Schema($"{UserSchema}\nsplit: {{by: time, column: day}}"), Out = log.Out }, told.Add);
        told.Select(item => item.Pass).Distinct().ShouldBe(["read rows", "count values", "encode rows"]);
        foreach (var pass in told.GroupBy(item => item.Pass))
        {
            pass.Last().Rows.ShouldBe(30_000);
            pass.Last().Bytes.ShouldBe(new FileInfo(path).Length);
            pass.Select(item => item.Bytes).ShouldBe(pass.Select(item => item.Bytes).Order());
        }
    }

    [Fact]
    public void Run_SchemaInTheFolder_PreparesTheSameAgain()
    {
        var text = "7|u|1\n3||0\n-2|v|1\n7|u|0\n";
        var path = log.Write("log.csv", text);
        var first = log.Prepare("header: false\nquotes: false\ndelimiter: '|'\ncolumns: [n, user, y]\nlabel: {column: y}\nfields: [{column: user}, {column: n, kind: numeric, buckets: [0, 5]}]", path);
        var manifest = DataManifest.Load(log.Out);
        var again = log.Prepare(File.ReadAllText(manifest.PathOf(log.Out, manifest.Schema)), path);
        again.Column("user").ShouldBe(first.Column("user"));
        again.Column("n").ShouldBe([4L, 3L, 2L, 4L]);
        DataManifest.Load(log.Out).Fingerprint.ShouldBe(manifest.Fingerprint);
    }
}

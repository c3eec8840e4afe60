using System.Globalization;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Tests.Support;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>Behaviour sequences, from a column and made from the log.</summary>
public sealed class SequenceTests : IDisposable
{
    private const string Item = "label: {column: y}\nfields: [{column: item}]\nsequences: ";

    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    [Fact]
    public void Run_ListInAColumn_TheLatestInTheFieldsRows()
    {
        // a stands twice, b once: rows 2 and 3; z is unseen.
        var rows = Prepare("missing: [NA]\n" + Item + "[{name: cart, of: item, column: cart, separator: '|', length: 2}]",
            "y,item,cart\n1,a,b|a|z\n0,a,\n1,b, a | |b\n0,,NA\n1,,b|NA\n");
        rows.Values("cart").ShouldBe([[2L, 0L], [], [2L, 3L], [], [3L, 1L]]);
        rows.Fields.Single().Sequences.ShouldBe([new Sequence("cart", 2)]);
        rows.TableRows("item").ShouldBe(4);
    }

    [Fact]
    public void Run_MadeFromTheLog_EarlierClicksOfTheSameOwner()
    {
        const string Text = """
            y,user,item,t
            1,u,a,30
            1,u,b,10
            0,u,c,20
            1,u,a,20
            1,u,d,20
            1,v,b,25
            0,v,,40
            1,,a,50
            0,,b,60
            1,v,,45
            0,v,a,70
            """;
        // Rows by frequency, then by the values' hashes: told from the item's own column.
        var clicked = Prepare(Item + "[{name: history, of: item, by: user, time: t}]", Text);
        var item = clicked.Column("item");
        long a = item[0], b = item[1], c = item[2], d = item[4];
        var sorted = new[] { a, d }.Order().ToArray(); // of one time, in the order of their rows
        clicked.Values("history").ShouldBe([[b, .. sorted], [], [b], [b], [b], [], [b], [], [], [b], [b]]);
        var all = Prepare(Item + "[{name: history, of: item, by: user, time: t, clicked: false, length: 3}]", Text);
        var last = new[] { a, c, d }.Order().ToArray();
        all.Values("history").ShouldBe([last, [], [b], [b], [b], [], [b], [], [], [b], [b]]);
    }

    /// <summary>Histories cross the splits' borders, in the order of time, and a rare value keeps its place.</summary>
    [Fact]
    public void Run_SplitsOfTheirOwn_LaterRowsSeeEarlierOnesOfEverySplit()
    {
        var train = log.Write("train.csv", "y,user,item,t\n1,u,a,2024-01-01\n1,u,a,2024-01-02T10:00:00\n0,u,b,2024-01-03\n");
        var valid = log.Write("valid.csv", "y,user,item,t\n1,u,new,2024-01-04\n0,u,a,2024-01-01T12:00:00\n");
        var test = log.Write("test.csv", "y,user,item,t\n1,u,a,2024-01-05\n0,w,a,2024-01-05\n");
        var manifest = log.Run(Item + "[{name: history, of: item, by: user, time: t}]", train, options => options with { ValidFiles = [valid], TestFiles = [test] });
        using var data = ClickData.Open(log.Out);
        PreparedRows.Of(data.Train, data.Fields).Values("history").ShouldBe([[], [2L], [2L, 2L]]);
        PreparedRows.Of(data.Valid, data.Fields).Values("history").ShouldBe([[2L, 2L], [2L]]);
        PreparedRows.Of(data.Test, data.Fields).Values("history").ShouldBe([[2L, 2L, 0L], []]);
        manifest.Warnings.ShouldNotContain(warning => warning.Contains("split by time", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("random", "", true), InlineData("time", ", column: t", false), InlineData("key", ", column: user", false), InlineData("key", ", column: item", true)]
    public void Run_SplitThatCrossesTime_IsTold(string by, string column, bool told)
    {
        var text = "y,user,item,t\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"{i % 3 % 2},u{i % 40},i{i % 31},{i}\n"));
        var manifest = log.Run(Item + $"[{{name: history, of: item, by: user, time: t}}]\nsplit: {{by: {by}{column}}}", log.Write("log.csv", text));
        manifest.Warnings.Any(warning => warning.Contains("'history' may hold what validation and test rows tell", StringComparison.Ordinal)).ShouldBe(told);
    }

    [Fact]
    public void Run_RandomLogs_EqualPlainLoopsWhateverTheOrder()
        => Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[0, 9], Gen.Bool).Select((user, item, time, click) => new LoggedRow(user, item, time, click)).Array[2, 60].Sample(rows =>
        {
            rows = [.. rows, new(9, 9, 9, true), new(9, 9, 9, false)]; // both classes
            const string Schema = Item + "[{name: history, of: item, by: user, time: t, length: 4}]";
            var prepared = Prepare(Schema, "y,user,item,t\n" + string.Concat(rows.AsEnumerable()));
            var item = prepared.Column("item");
            for (var i = 0; i < rows.Length; i++)
            {
                long[] expected = [.. rows.Zip(item, (row, tableRow) => (Row: row, TableRow: tableRow)).Where(other => other.Row.Click && other.Row.User == rows[i].User && other.Row.Time < rows[i].Time)
                    .OrderBy(other => other.Row.Time).ThenBy(other => other.TableRow).Select(other => other.TableRow).TakeLast(4)];
                prepared.Values("history")[i].ShouldBe(expected);
            }

            var reversed = Prepare(Schema, "y,user,item,t\n" + string.Concat(rows.Reverse()));
            reversed.Values("history").Reverse().ToArray().ShouldBe(prepared.Values("history"));
        }, iter: 15, threads: 1);

    [Fact]
    public void Run_ManyChunks_EqualPlainLoops()
    {
        const int Rows = 30_000;
        var text = "y,user,item,t\n" + string.Concat(Enumerable.Range(0, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % 2},u{i * 7 % 500},i{i * 13 % 1000},{i}\n")));
        var prepared = Prepare(Item + "[{name: history, of: item, by: user, time: t, clicked: false}]", text);
        var item = prepared.Column("item");
        var past = new Dictionary<int, List<long>>();
        for (var i = 0; i < Rows; i++)
        {
            if (!past.TryGetValue(i * 7 % 500, out var list)) past[i * 7 % 500] = list = [];
            prepared.Values("history")[i].AsSpan().SequenceEqual([.. list.TakeLast(50)]).ShouldBeTrue($"row {i}");
            list.Add(item[i]);
        }
    }

    [Fact]
    public void Run_TimeThatIsNone_NamesTheColumn()
        => Should.Throw<AutoDimException>(() => Prepare(Item + "[{name: history, of: item, by: user, time: t}]", "y,user,item,t\n1,u,a,1\n0,u,a,soon\n"))
            .Message.ShouldContain("line 3: column 't' is 'soon', neither a number nor a date");

    [Fact]
    public void Read_RawFileToScore_ListsInAColumnOfTheSequencesName()
    {
        var text = "y,user,item,t\n1,u,a,1\n1,u,b,2\n0,u,a,3\n1,u,b,4\n";
        var prepared = Prepare(Item + "[{name: history, of: item, by: user, time: t, length: 2, separator: '|'}]", text);
        var manifest = DataManifest.Load(log.Out);
        var encoders = VocabularyFile.Load(manifest.PathOf(log.Out, manifest.Vocabulary));
        var raw = log.Write("raw.csv", "item,history\na,\nb,a\na,a|b\nb,b|a|b\n");
        MemorySplit Read(string path, IReadOnlyList<Field> fields) => RawRows.Read(path, manifest.PathOf(log.Out, manifest.Schema), fields, encoders, new BadRows(BadRowPolicy.Fail, null)).Single();
        var rows = PreparedRows.Of(Read(raw, manifest.Fields), manifest.Fields);
        rows.Column("item").ShouldBe(prepared.Column("item"));
        rows.Values("history")[..3].ShouldBe(prepared.Values("history")[..3]);
        rows.Values("history")[3].ShouldBe([prepared.Column("item")[0], prepared.Column("item")[1]]); // the latest two

        // A model that reads no sequence asks for none; another names what is missing.
        var plain = log.Write("plain.csv", "item\na\nb\n");
        Field[] withoutSequences = [.. manifest.Fields.Select(field => field with { Sequences = null })];
        PreparedRows.Of(Read(plain, withoutSequences), withoutSequences).Column("item").ShouldBe(prepared.Column("item")[..2]);
        Should.Throw<AutoDimException>(() => Read(plain, manifest.Fields)).Message.ShouldContain("has no column 'history' for sequence 'history'");
    }

    /// <summary>Prepares a log as training rows; the other splits are of somebody else.</summary>
    private PreparedRows Prepare(string schema, string text)
    {
        var header = text.ReplaceLineEndings("\n").Split('\n')[0];
        string Row(int label) => string.Join(',', header.Split(',').Select(name => name == "y" ? $"{label}" : name == "t" ? "1" : "else")) + "\n";
        var other = log.Write("other.csv", $"{header}\n{Row(1)}{Row(0)}");
        log.Run(schema, log.Write("log.csv", text), options => options with { ValidFiles = [other], TestFiles = [other], Overwrite = true });
        return log.Read();
    }

    private sealed record LoggedRow(int User, int Item, int Time, bool Click)
    {
        public override string ToString() => $"{(Click ? 1 : 0)},u{User},i{Item},{Time}\n";
    }
}

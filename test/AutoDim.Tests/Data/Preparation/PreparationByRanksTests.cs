using System.Globalization;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data.Preparation;

/// <summary>Several ranks prepare what one process does, to the byte, and tell the same of what is wrong.</summary>
public sealed class PreparationByRanksTests : IDisposable
{
    private const string Plain = "label: {column: y}\nfields: [{column: user}, {column: n, kind: numeric, count: 8}]\n";

    private readonly ClickLog log = new();

    public void Dispose() => log.Dispose();

    public static TheoryData<string> Logs() =>
    [
        "criteo", "criteo by key", "header", "by time", "times of more rows than are sampled in order", "given splits", "libfm folder", "libfm file", "gzip", "quoted line breaks", "sequences",
        "record batches", "windows", "byte order mark", "utf-16", "blank lines first", "names repeated", "few lines", "skipped", "quarantined",
    ];

    [Theory, MemberData(nameof(Logs))]
    public void Run_TwoAndThreeRanks_FolderOfOneProcess(string name)
    {
        var options = Write(name);
        var expected = Prepare(options, 1);
        foreach (var ranks in (int[])[2, 3])
        {
            Prepare(options, ranks); // in the same place, which warnings name
            FolderContents.ShouldBeSame(log.Path("made"), expected, $"{name} by {ranks}");
        }
    }

    public static TheoryData<string, string> Mistakes() => new()
    {
        { Rows(4000, i => i == 2500 ? "2,u,1" : $"{i % 2},u{i % 9},{i}"), "log.csv, line 2502: label column 'y' is '2'" },
        { Rows(4000, i => i is 500 or 3900 ? "1,u" : $"{i % 2},u{i % 9},{i}"), "log.csv, line 502: the row has 2 values, expected 3" },
        { Rows(4000, i => i > 2600 ? "0,u,many" : $"{i % 2},u{i % 9},{i}"), "log.csv, line 2603: column 'n' is 'many', not a number" },
        { Rows(4000, i => i == 3000 ? "1,\"u,1" : $"{i % 2},u{i % 9},{i}"), "log.csv, line 3002: a quote is opened and never closed" },
        { Rows(4000, i => $"0,u{i % 9},{i}"), "all" },
        { "y,user\n" + string.Concat(Enumerable.Repeat("1,a\n0,b\n", 500)), "has no column 'n' for field 'n'" },
        { "", "is empty" },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public void Run_WhatIsWrong_ToldAsByOneProcess(string text, string message)
    {
        var options = new PrepareOptions { Files = [log.Write("log.csv", text)], Schema = log.Schema(Plain) };
        var expected = Should.Throw<AutoDimException>(() => Prepare(options, 1)).Message;
        expected.ShouldContain(message);
        foreach (var ranks in (int[])[2, 3]) Should.Throw<AutoDimException>(() => Prepare(options, ranks)).Message.ShouldBe(expected);
        Directory.Exists(log.Path("made/data")).ShouldBeFalse(); // nothing was made, nothing is left
    }

    [Fact]
    public void Run_WrongRowOfALaterFile_FirstInTheFilesOrder()
    {
        var (first, second) = (log.Write("first.csv", Rows(2000, i => $"{i % 2},u{i % 9},{i}")), log.Write("second.csv", Rows(2000, i => i == 30 ? "1,u" : i == 1999 ? "3,u,1" : $"{i % 2},u{i % 9},{i}")));
        var options = new PrepareOptions { Files = [first, second], Schema = log.Schema(Plain) };
        foreach (var ranks in (int[])[1, 2, 3]) Should.Throw<AutoDimException>(() => Prepare(options, ranks)).Message.ShouldStartWith($"{second}, line 32: the row has 2 values");
    }

    [Fact]
    public void Run_FileThatCannotBeDivided_SaysSoInOneLine()
    {
        List<string> notes = [];
        var options = Write("gzip") with { OnNote = notes.Add };
        Prepare(options, 1);
        notes.ShouldBeEmpty();
        Prepare(options, 2);
        notes.ShouldHaveSingleItem().ShouldBe($"'{log.Path("a.csv")}' is packed, no text, or has quotes, and cannot be divided: one rank reads all of it");
    }

    /// <summary>At every point of every file's writing, and while rows are read, counted and encoded, the folder is copied, as a kill then would leave it: the former data are there, and the next run comes to the same.</summary>
    [Fact]
    public void Run_KilledInTheMiddle_FormerDataStandAndTheNextRunIsTheSame()
    {
        var options = Write("sequences") with { Overwrite = true };
        using (var former = new PreparedClicks(rows: 200)) FolderContents.Copy(former.Folder, log.Path("made/data"));
        List<string> copies = [];
        var copying = new Lock();
        AtomicFile.Watcher.Value = point => Copy($"{point}");
        Prepare(options, 2, now => Copy(now.Pass.Replace(' ', '-')));
        AtomicFile.Watcher.Value = null;
        var expected = FolderContents.Of(log.Path("made"));
        copies.Count.ShouldBeGreaterThan(16);
        foreach (var (i, copy) in copies.Index())
        {
            ClickData.Open(Path.Combine(copy, "data")).Dispose();
            Prepare(options with { Out = Path.Combine(copy, "data") }, 1 + (i % 3));
            FolderContents.ShouldBeSame(copy, expected, copy);
        }

        void Copy(string what)
        {
            lock (copying)
            {
                copies.Add(log.Path($"{copies.Count}-{what}"));
                FolderContents.Copy(log.Path("made"), copies[^1]);
            }
        }
    }

    [Fact]
    public void Run_Cancelled_LeavesNothing()
    {
        var options = Write("criteo");
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => ThreadRanks.Run(2, ranks => ClickLog.Run(options with { Out = log.Path("made/data") }, ranks.IsFirst ? null : _ => cancellation.Cancel(), cancellation)));
        Directory.Exists(log.Path("made/data")).ShouldBeFalse();
    }

    /// <summary>Each line is read by one rank: also where a share ends just before or just after a line's end, and where it has no line.</summary>
    [Theory, InlineData("\n"), InlineData("\r\n")]
    public void Pieces_EveryLengthOfText_EveryLineOnce(string end)
    {
        for (var lines = 1; lines < 14; lines++)
        {
            var text = string.Concat(Enumerable.Range(0, lines).Select(i => new string('x', i * 7 % 5) + i.ToString(CultureInfo.InvariantCulture) + (i < lines - 1 || lines % 2 == 0 ? end : "")));
            var file = log.Write($"lines-{lines}.txt", text);
            var inputs = new PreparationInputs([new InputSplit(file, InputSplit.ByRule)], new Schema { Quotes = false }, null);
            foreach (var count in (int[])[2, 3, 5])
            {
                var pieces = ThreadRanks.Run(count, ranks => InputShares.Of(inputs, ranks, null)).SelectMany(own => own).ToArray();
                var read = "";
                foreach (var (_, range) in pieces)
                {
                    range.Start.ShouldBe(read.Length);
                    range.LinesBefore.ShouldBe(read.Count(character => character == '\n'));
                    using var reader = new StreamReader(InputFile.Open(file, range: range));
                    var piece = reader.ReadToEnd();
                    piece.ShouldNotBeEmpty();
                    read += piece;
                    if (read.Length < text.Length) piece.ShouldEndWith(end);
                }

                read.ShouldBe(text);
            }
        }
    }

    private static string Rows(int count, Func<int, string> row, string head = "y,user,n\n", string end = "\n") => head + string.Join(end, Enumerable.Range(0, count).Select(row)) + end;

    /// <summary>Rows of a log with ties, missing values and values of any frequency.</summary>
    private static string Row(int i, string separator)
    {
        var random = new CounterRandom(3, (ulong)i);
        string[] cells = [$"{random.Below(0, 2)}", $"u{random.Below(1, 40) * random.Below(2, 40)}", random.Below(3, 7) == 0 ? "" : $"{random.Below(4, 900) - 20}", $"i{random.Below(5, 300)}", $"{(i * 7919L) % 1000}"];
        return string.Join(separator, cells);
    }

    private PrepareOptions Write(string name)
    {
        const string Fields = "fields:\n  - {column: user, minCount: 3}\n  - {column: n, kind: numeric, buckets: log-square}\n  - {column: n, name: quantile, kind: numeric, count: 16}\n  - {column: item, hash: 50}\n  - {column: item, name: own}\n";
        const string Tabs = "delimiter: tab\nheader: false\nquotes: false\ncolumns: [y, user, n, item, t]\nlabel: {column: y}\n" + Fields;
        const string Commas = "label: {column: y}\n" + Fields;
        const string Head = "y,user,n,item,t\n";
        PrepareOptions Of(string schema, params string[] files) => new() { Files = files, Schema = log.Schema(schema) };
        string Tsv(string file, int rows, int first = 0) => log.Write(file, Rows(rows, i => Row(first + i, "\t"), head: ""));
        string Csv(string file, int rows, int first = 0, string head = Head, string end = "\n") => log.Write(file, Rows(rows, i => Row(first + i, ","), head, end));
        switch (name)
        {
            case "criteo":
                Tsv("day-0.tsv", 30_000);
                Tsv("day-1.tsv", 9_000, 30_000);
                return Of(Tabs, log.Path("day-*.tsv"));
            case "criteo by key": return Of(Tabs + "split: {by: key, column: user}\n", Tsv("day.tsv", 5_000));
            case "header": return Of(Commas + "split: {seed: 9, train: 0.5, valid: 0.2, test: 0.3}\n", Csv("a.csv", 4_000), Csv("b.csv", 3_000, 4_000));
            case "by time": return Of(Commas + "split: {by: time, column: t}\n", Csv("a.csv", 9_000));
            case "times of more rows than are sampled in order":
                return new PrepareOptions { Files = [log.Write("many.csv", Rows(1_100_000, i => $"{i % 3 % 2},{i * 7919L % 1_000_003}", head: "y,t\n"))], Schema = log.Schema("label: {column: y}\nfields: [{column: t, kind: numeric, count: 50}]\nsplit: {by: time, column: t}\n") };
            case "given splits": return Of(Commas, Csv("a.csv", 3_000)) with { ValidFiles = [Csv("v.csv", 500, 7_000)], TestFiles = [Csv("t.csv", 700, 9_000), Csv("t2.csv", 1_700, 9_000)] };
            case "libfm folder" or "libfm file":
                Directory.CreateDirectory(log.Path("libfm"));
                log.Write("libfm/fields.tsv", "user\t0\t99\nitem\t100\t999\n");
                foreach (var (split, rows) in ((string, int)[])[("train", 5_000), ("valid", 900), ("test", 70)]) log.Write($"libfm/{split}.libfm", Rows(rows, i => $"{i % 3 % 2} {i % 100}:1 {100 + (i * 31 % 900)}:1", head: ""));
                return name == "libfm folder" ? new PrepareOptions { Files = [log.Path("libfm")] } : new PrepareOptions { Files = [log.Path("libfm/train.libfm")], Schema = log.Schema("format: libfm\nsplit: {seed: 7}\n") };
            case "gzip": return Of(Commas, log.WriteGzip("a.csv", Rows(3_000, i => Row(i, ","), Head)), Csv("b.csv", 900, 3_000));
            case "quoted line breaks": return Of(Commas, Csv("a.csv", 1_000), log.Write("q.csv", Rows(2_000, i => i % 3 == 0 ? Quoted(Row(i, ",")) : Row(i, ","), Head)), Csv("c.csv", 1_000, 4_000));
            case "sequences":
                return new PrepareOptions
                {
                    Files = [log.Write("s.csv", Rows(6_000, i => $"{i * 31 % 7 % 2},u{i * 17 % 60},i{i * i % 101},{i / 3},{string.Join('|', Enumerable.Range(0, i % 4).Select(v => $"t{(i + v) % 9}"))},i{i % 50} i{i % 3}", head: "y,user,item,t,tags,cart\n"))],
                    Schema = log.Schema("label: {column: y}\nfields: [{column: user}, {column: item}, {column: tags, kind: multi, separator: \"|\"}]\nsequences:\n  - {name: liked, of: item, by: user, time: t, length: 5}\n  - {name: cart, of: item, column: cart, separator: \" \"}\nsplit: {by: time, column: t}\n"),
                };
            case "record batches":
                return new PrepareOptions { Files = [log.Write("many.csv", Rows(300_000, i => $"{i % 3 % 2},u{i * 7919L % 70_001},{(i % 5 == 0 ? "" : $"a{i % 11}|b{i % 3}")}", head: "y,user,tags\n"))], Schema = log.Schema("label: {column: y}\nfields: [{column: user}, {column: tags, kind: multi, separator: \"|\"}]\n") };
            case "windows": return Of(Commas, log.Write("w.csv", Rows(4_000, i => Row(i, ","), Head.Replace("\n", "\r\n", StringComparison.Ordinal), "\r\n").TrimEnd()));
            case "byte order mark": return Of(Commas, Csv("m.csv", 2_000, head: "\uFEFF" + Head));
            case "utf-16":
                File.WriteAllText(log.Path("u.csv"), Rows(2_000, i => Row(i, ","), Head), System.Text.Encoding.Unicode);
                return Of(Commas, log.Path("u.csv"));
            case "blank lines first": return Of(Commas, log.Write("l.csv", new string('\n', 30_000) + Rows(500, i => Row(i, ",") + (i % 7 == 0 ? "\n" : ""), Head)));
            case "names repeated": return Of("columns: [y, user, n, item, t]\n" + Commas, Csv("a.csv", 1_000), Csv("b.csv", 1_500, 1_000, head: ""), Csv("c.csv", 1_000, 2_500));
            case "few lines": return new PrepareOptions { Files = [log.Write("f.csv", "y,user\n1,a\n0,b\n")], ValidFiles = [log.Write("v.csv", "y,user\n1,a\n0,b\n")], TestFiles = [log.Write("t.csv", "y,user\n1,a\n0,c")], Schema = log.Schema("label: {column: y}\nfields: [{column: user}]\n") };
            default:
                var bad = log.Write("bad.csv", Rows(5_000, i => i % 400 == 399 ? "3,u,1,i,1" : i % 1_000 == 77 ? "1,u" : Row(i, ","), Head));
                return Of(Commas, bad, Csv("b.csv", 1_000, 5_000)) with { OnBadRow = name == "skipped" ? BadRowPolicy.Skip : BadRowPolicy.Quarantine };
        }
    }

    /// <summary>A row whose fourth cell has a line break, a quote and a comma.</summary>
    private static string Quoted(string row)
    {
        var cells = row.Split(',');
        return string.Join(',', [.. cells[..3], "\"i\n\"\",\"", cells[^1]]);
    }

    private SortedDictionary<string, string> Prepare(PrepareOptions options, int count, Action<PreparationProgress>? progress = null)
    {
        var place = options.Out.Length > 0 ? options.Out : log.Path("made/data");
        if (count == 1) ClickLog.Run(options with { Out = place, Overwrite = true }, progress);
        else ThreadRanks.Run(count, _ => ClickLog.Run(options with { Out = place, Overwrite = true }, progress));
        return FolderContents.Of(Path.GetDirectoryName(place)!);
    }
}

using System.Text;
using System.Text.RegularExpressions;
using AutoDim.Cli;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli;

/// <summary>
/// What every command says and exits with, rightly used and misused, against approved transcripts: Cli/Transcripts, one file for each command.
/// A line "$ autodim …" is run, "~ autodim …" likewise with figures after a decimal point left out of the comparison, "name &lt;= text" writes a
/// file into {tmp}; what follows is standard output (1|), standard error (2|) and the exit code. After a wanted change, or for a new case, set
/// AUTODIM_APPROVE=1: the tests then write what they saw into the files, to be read as a diff.
/// </summary>
[Collection("lists models")]
public sealed partial class TranscriptTests(TranscriptTests.Made made) : IClassFixture<TranscriptTests.Made>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string Transcripts => SharedData.Repository("test/AutoDim.Tests/Cli/Transcripts");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Transcripts, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Transcript_RunAgain_SaysTheSame(string name)
    {
        var path = Path.Combine(Transcripts, $"{name}.txt");
        var approved = File.ReadAllText(path);
        var seen = new StringBuilder();
        foreach (var line in approved.Split('\n').Where(line => !IsOutcome(line))) seen.Append(line).Append('\n').Append(Outcome(line));
        var text = $"{seen.ToString().TrimEnd('\n')}\n";
        if (Environment.GetEnvironmentVariable("AUTODIM_APPROVE") == "1") File.WriteAllText(path, text);
        else text.ShouldBe(approved, $"after a wanted change: AUTODIM_APPROVE=1, and read the diff of {path}");
    }

    [Fact]
    public void Transcripts_EveryCommand_HasOne()
    {
        using var output = new StringWriter();
        Application.Run(["--help"], output, output);
        var commands = CommandLines().Matches(output.ToString().Split("Commands:")[1]).Select(match => match.Groups[1].Value);
        commands.Except(Names.Select(row => row.Data)).ShouldBeEmpty();
    }

    private static bool IsOutcome(string line) => line is ['1' or '2', '|', ..] || line.StartsWith("exit ", StringComparison.Ordinal);

    private string Outcome(string line)
    {
        if (line.Split(" <= ") is [var name, var content]) File.WriteAllText(folder.File(name), made.Expand(content, folder.Path).Replace("\\n", "\n", StringComparison.Ordinal));
        if (line is not ['$' or '~', ' ', ..]) return "";
        using StringWriter output = new(), errors = new();
        string[] arguments = [.. Words().Matches(line[2..]).Skip(1).Select(match => made.Expand(match.Value.Replace("'", "", StringComparison.Ordinal), folder.Path))];
        var code = Application.Run(arguments, output, errors);
        return Lines("1|", output, line[0] == '~') + Lines("2|", errors, line[0] == '~') + $"exit {code}\n";
    }

    private string Lines(string mark, StringWriter written, bool masked)
    {
        var text = made.Fold(written.ToString(), folder.Path);
        if (masked) text = Figures().Replace(text, figure => Digits().Replace(figure.Value, "#"));
        return text.Length == 0 ? "" : string.Concat(text.TrimEnd('\n').Split('\n').Select(row => $"{mark} {row}".TrimEnd() + "\n"));
    }

    /// <summary>Words of a line; quoted ones may hold spaces.</summary>
    [GeneratedRegex(@"(?:[^\s']|'[^']*')+")]
    private static partial Regex Words();

    /// <summary>What differs between machines and times: decimals, seconds, dates.</summary>
    [GeneratedRegex(@"(?<=\d)\.\d+(?:E[-+]?\d+)?|\d+(?= s\b)|\d+E-\d+|\d{4}-\d\d-\d\d \d\d:\d\d|(?<=\d\+)[0-9a-f]{40}")]
    private static partial Regex Figures();

    [GeneratedRegex(@"[\da-f]")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^  ([a-z-]+) ", RegexOptions.Multiline)]
    private static partial Regex CommandLines();

    /// <summary>What the commands work on, made once.</summary>
    public sealed class Made : IDisposable
    {
        private readonly PreparedClicks clicks = new(rows: 400);
        private readonly TemporaryFolder folder = new();
        private readonly (string Name, string Path)[] places;

        public Made()
        {
            places =
            [
                ("{csv}", clicks.Csv), ("{later}", clicks.Later), ("{schema}", Path.Combine(Path.GetDirectoryName(clicks.Csv)!, "schema.yaml")), ("{clicks}", clicks.Folder),
                ("{model}", folder.File("model")), ("{run}", folder.File("run")), ("{other-run}", folder.File("other")), ("{export}", folder.File("export")), ("{runs}", folder.Path),
            ];
            string[] small = ["--model", "fm", "--dim", "4", "--epochs", "2", "--quiet"];
            Do(["train", clicks.Folder, .. small, "--out", folder.File("model")]);
            Do("export", folder.File("model"), "--out", folder.File("export"));
            foreach (var name in (string[])["run", "other"]) Do(["run", clicks.Folder, .. small, "--search-candidates", "1,4", "--search-epochs", "1", "--tune-l2", "0", "--out", folder.File(name)]);
        }

        /// <summary>A text with the paths that its names stand for.</summary>
        public string Expand(string text, string temporary) => places.Append(("{tmp}", temporary)).Aggregate(text, (now, place) => now.Replace(place.Item1, place.Item2, StringComparison.Ordinal));

        /// <summary>The reverse.</summary>
        public string Fold(string text, string temporary) => places.Append(("{tmp}", temporary)).OrderByDescending(place => place.Item2.Length).Aggregate(text, (now, place) => now.Replace(place.Item2, place.Item1, StringComparison.Ordinal));

        public void Dispose()
        {
            clicks.Dispose();
            folder.Dispose();
        }

        private static void Do(params string[] arguments)
        {
            using var written = new StringWriter();
            Application.Run(arguments, written, written).ShouldBe(0, written.ToString());
        }
    }
}

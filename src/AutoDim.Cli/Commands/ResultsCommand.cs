using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AutoDim.Embeddings;
using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Cli.Commands;

/// <summary>autodim results: many runs' result files as the tables of one document.</summary>
internal static class ResultsCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "folder of result files: train-*.json, zoo-*.json, transfer-*.json, run-*.json, demo-seedN.json, default-*.json, compare-*.json, plan-NAME-seedN.json and references.tsv" };
        var into = new Option<string>("--into") { Description = "Markdown file with marked parts to fill", HelpName = "FILE", Required = true };
        var command = new Command("results", "Write tables of result files into a document, such as docs/results.md and docs/frontier.md: those that it has marks for.") { folder, into };
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var (source, target) = (parse.GetValue(folder)!, parse.GetValue(into)!);
            if (!File.Exists(Path.Combine(source, "references.tsv"))) throw new AutoDimException($"there is no file '{Path.Combine(source, "references.tsv")}'; name a folder of result files");
            (string Name, Func<string> Text)[] parts =
            [
                ("trainings", () => ResultsTables.Trainings(Read(source, "train-*.json", RunJson.Default.TrainJobResult), References(source))),
                ("runs", () => string.Join('\n', Read(source, "run-*.json", RunJson.Default.RunResult).Select(ResultsTables.Run))),
                ("demos", () => ResultsTables.Demos(Read(source, "demo-seed*.json", RunJson.Default.RunResult))),
                ("defaults", () => ResultsTables.Defaults(Read(source, "default-*.json", RunJson.Default.RunResult))),
                ("zoo", () => ResultsTables.Zoo(Read(source, "zoo-*.json", RunJson.Default.TrainJobResult))),
                ("transfer", () => ResultsTables.Transfer(Read(source, "transfer-*.json", RunJson.Default.TrainJobResult))),
                ("comparisons", () => string.Join('\n', Comparisons(source).Select(file => ResultsTables.Comparison(file.Name, file.Result)))),
                ("teachers", () => TeacherTable.Of(Comparisons(source).Select(file => file.Result))),
                ("frontier", () => FrontierTables.Of(Comparisons(source).Select(file => file.Result))),
                ("agreement", () => ResultsTables.Agreement(Plans(source))),
            ];
            var kept = parts.Where(part => MarkedFile.Has(target, part.Name)).ToArray();
            if (kept.Length == 0) throw new AutoDimException($"'{target}' has none of the parts {string.Join(", ", parts.Select(part => part.Name))}; a part lies between <!-- NAME --> and <!-- /NAME -->");
            foreach (var part in kept) MarkedFile.Replace(target, part.Name, part.Text());
            return CommandHost.Success;
        }));
        return command;
    }

    private static IEnumerable<(string Name, ComparisonResult Result)> Comparisons(string folder) => Named(folder, "compare-*.json", ComparisonJson.Default.ComparisonResult);

    private static IEnumerable<T> Read<T>(string folder, string pattern, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        => Named(folder, pattern, type).Select(file => file.Result);

    private static IEnumerable<(string Name, T Result)> Named<T>(string folder, string pattern, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        => Directory.GetFiles(folder, pattern).Order(StringComparer.Ordinal).Select(path => (Path.GetFileNameWithoutExtension(path), JsonSerializer.Deserialize(File.ReadAllText(path), type)!));

    /// <summary>A line per data set and model: PyTorch's AUC on the same files, and the published one; a dash for none.</summary>
    private static Dictionary<string, Reference> References(string folder) => File.ReadLines(Path.Combine(folder, "references.tsv"))
        .Select((line, number) => line.Split('\t') is { Length: 3 } cells ? cells : throw new AutoDimException($"{Path.Combine(folder, "references.tsv")}, line {number + 1}: expected a name, PyTorch's AUC and the published one, with tabs between; – for none"))
        .ToDictionary(cells => cells[0], cells => new Reference(Number(cells[1]), Number(cells[2])));

    private static double? Number(string cell) => cell == "–" ? null : double.Parse(cell, CultureInfo.InvariantCulture);

    private static Dictionary<string, IReadOnlyList<IReadOnlyList<int>>> Plans(string folder) => Directory.GetFiles(folder, "plan-*-seed*.json")
        .Order(StringComparer.Ordinal)
        .GroupBy(path => Path.GetFileName(path)["plan-".Length..].Split("-seed")[0])
        .ToDictionary(group => group.Key, group => (IReadOnlyList<IReadOnlyList<int>>)[.. group.Select(path => (IReadOnlyList<int>)[.. PlanFile.Read(path).Fields.Select(entry => entry.Dim)])]);
}

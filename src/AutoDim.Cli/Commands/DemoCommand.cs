using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Demo;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim demo: the main job on a log whose right dimensions are known.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command("demo", "Generate a click log with planted dimensions, run everything on it, and compare what was found.");
        var common = new CommonOptions(command);
        var settings = new SettingOptions<DemoOptions>(command);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var options = settings.Build(parse);
            var place = common.Out(parse) ?? Path.Combine("runs", $"demo-{DateTime.Now:yyyyMMdd-HHmmss}");
            var prepared = Prepare(common.Terminal(parse), options, Path.Combine(place, "data"), cancellation);
            if (options.DataOnly)
            {
                var terminal = common.Terminal(parse);
                terminal.WriteJson(() => JsonSerializer.Serialize(DataManifest.Load(prepared), DataJson.Default.DataManifest));
                terminal.Write(prepared);
                return CommandHost.Success;
            }

            using var data = ClickData.Open(prepared);
            return RunCommand.Execute(common, parse, data, options.ToRun(), cancellation, place, Compare);
        }, resumes: true));
        return command;
    }

    private static string Prepare(Terminal terminal, DemoOptions options, string folder, CancellationToken cancellation)
    {
        var prepared = Path.Combine(folder, "clicks");
        var (log, schema) = (Path.Combine(folder, "clicks.csv"), Path.Combine(folder, "clicks.yaml"));
        var settings = FormattableString.Invariant($"{options.Rows} rows, {options.Values} values of {PlantedLog.Fields.Length} fields, seed {options.Seed}");
        if (File.Exists(Path.Combine(prepared, DataManifest.Name)))
        {
            var kept = File.ReadLines(schema).First().TrimStart('#', ' ');
            return kept == settings ? prepared : throw new AutoDimException($"'{folder}' holds a log of {kept}, not of {settings}; choose another --out");
        }

        terminal.Say($"demo: {settings}");
        new PlantedLog(options.Seed, options.Values).Write(log, options.Rows);
        AtomicFile.WriteText(schema, $"# {settings}\n{PlantedLog.Schema}");
        terminal.WatchPreparation(progress => Preparation.Run(new PrepareOptions { Files = [log], Schema = schema, Out = prepared }, progress, cancellation));
        return prepared;
    }

    private static void Compare(RunResult result, Terminal terminal)
    {
        var table = Tables.New("field", "planted dimension", "found");
        foreach (var (planted, row) in PlantedLog.Fields.Zip(result.Plan)) table.AddRow(planted.Name, Tables.Text($"{planted.Dim}"), Tables.Text($"{row.Dim}"));
        terminal.Write(table);
        terminal.Write(Tables.Text($"Rank correlation of planted and found dimensions: {PlantedLog.RankCorrelation([.. result.Plan.Select(row => row.Dim)]):F2}"));
    }
}

using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Reports;
using AutoDim.Runs;
using AutoDim.Settings;

namespace AutoDim.Cli.Commands;

/// <summary>autodim run: the main job on prepared data.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "folder that autodim prepare made, or a run.yaml that names one" };
        var command = new Command("run", "Train the full model, search, choose dimensions, retrain, compare, test once, export, report.") { data };
        var common = new CommonOptions(command, trains: true, trainsMany: true);
        var settings = new SettingOptions<RunOptions>(command);
        var memory = new MemoryOption(command, MemoryOption.SeveralAdvice);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var (folder, file) = Source(parse.GetValue(data)!);
            var options = settings.Build(parse, file).AsGiven(name => settings.IsGiven(parse, name));
            using var clicks = ClickData.Open(folder);
            using var budget = memory.Obey(parse, () =>
            {
                using var pool = common.Pool(parse);
                return RunEstimate.Of(DataManifest.Load(folder), options, pool).Stages();
            });
            return Execute(common, parse, clicks, options, cancellation);
        }, resumes: true));
        return command;
    }

    /// <summary>Runs, and shows what came of it.</summary>
    public static int Execute(CommonOptions common, ParseResult parse, ClickData data, RunOptions options, CancellationToken cancellation, string? at = null, Action<RunResult, Terminal>? show = null)
    {
        var terminal = common.Terminal(parse);
        using var pool = common.Pool(parse);
        using var folder = at == null ? common.Folder(parse, $"{data.Name}-{options.Model}") : new Training.RunFolder(at, isLocked: true);
        var result = terminal.Watch(observer => new Run(data, options, folder, pool, observer).Execute(data.PrepareSeconds, cancellation), pool.JobsAtATime);
        terminal.Write(Tables.Variants(result));
        terminal.Write(Tables.Plan(result.Plan));
        terminal.Write(RunSummary.Sentence(result));
        foreach (var warning in RunSummary.Warnings(result)) terminal.Write($"note: {warning}");
        show?.Invoke(result, terminal);
        terminal.WriteJson(() => JsonSerializer.Serialize(result, RunJson.Default.RunResult));
        terminal.Write($"report: {folder.File("report.html")}\n{folder.Path}");
        return CommandHost.Success;
    }

    /// <summary>The data folder, and the settings file where one was given instead of it.</summary>
    private static (string Folder, string? File) Source(string path)
    {
        if (!File.Exists(path)) return (path, null);
        return SettingsFile.Load(path).TryGetValue(RunRecord.DataKey, out var folder)
            ? (folder, path)
            : throw new AutoDimException($"'{path}' has no key '{RunRecord.DataKey}' with the folder of prepared data");
    }
}

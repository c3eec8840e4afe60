using System.CommandLine;
using System.Text.Json.Nodes;
using AutoDim.Cli.Display;
using AutoDim.Reports;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim runs: what a folder of runs holds, the latest first.</summary>
internal static class RunsCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "that holds runs", DefaultValueFactory = _ => "runs" };
        var command = new Command("runs", "List the runs in a folder.") { folder };
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var terminal = common.Terminal(parse);
            var runs = FinishedRun.Within(parse.GetValue(folder)!);
            var table = Tables.New("run", "when", "command", "data", "model", "full AUC", "slim AUC", "deployed", "of full");
            foreach (var run in runs) table.AddRow([.. Cells(run).Select(Markup.Escape)]);
            terminal.Write(table);
            terminal.WriteJson(() => new JsonArray([.. runs.Select(Json)]).ToJsonString());
            return CommandHost.Success;
        }));
        return command;
    }

    private static string[] Cells(FinishedRun run)
    {
        string[] about = [run.Name, Tables.Text($"{run.Changed:yyyy-MM-dd HH:mm}"), run.Command];
        return run.Result is { } result
            ? [.. about, result.Data, result.Model, RunSummary.Auc(result.Full), RunSummary.Auc(result.Slim), ByteSize.Show(result.Slim.DeployedEmbeddingBytes), Tables.Text($"{(double)result.Slim.DeployedEmbeddingBytes / result.Full.DeployedEmbeddingBytes:P0}")]
            : [.. about, Path.GetFileName(run.Settings.GetValueOrDefault(RunRecord.DataKey, "")), run.Settings.GetValueOrDefault("model", ""), run.IsThrough ? "" : "not through", "", "", ""];
    }

    private static JsonObject Json(FinishedRun run) => new()
    {
        ["folder"] = run.Folder,
        ["changed"] = run.Changed.ToUniversalTime().ToString("O"),
        ["command"] = run.Command,
        ["isThrough"] = run.IsThrough,
        ["data"] = run.Result?.Data,
        ["model"] = run.Result?.Model ?? run.Settings.GetValueOrDefault("model"),
        ["fullAuc"] = run.Result?.Full.Auc,
        ["slimAuc"] = run.Result?.Slim.Auc,
        ["fullDeployedEmbeddingBytes"] = run.Result?.Full.DeployedEmbeddingBytes,
        ["slimDeployedEmbeddingBytes"] = run.Result?.Slim.DeployedEmbeddingBytes,
    };
}

using System.CommandLine;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Reports;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim report: runs side by side, in the terminal and as a page.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("runs") { Description = "folders of autodim run, two or more", Arity = ArgumentArity.OneOrMore };
        var page = new Option<string>("--page") { Description = "where the page goes", HelpName = "FILE", DefaultValueFactory = _ => "runs.html" };
        var command = new Command("report", "Compare runs: figures, settings that differ, dimensions. A run's own report is the report.html in its folder.") { folders, page };
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var paths = parse.GetValue(folders)!;
            if (paths.Length < 2) throw new AutoDimException($"one run has its report already: {Path.Combine(paths[0], "report.html")}; name two or more to compare them");
            FinishedRun[] runs = [.. paths.Select(FinishedRun.Open)];
            var terminal = common.Terminal(parse);
            var table = Tables.New(["", .. runs.Select(run => run.Name)]);
            void Row(string name, Func<RunResult, string> value) => table.AddRow([Markup.Escape(name), .. runs.Select(run => Markup.Escape(value(run.Result!)))]);
            Row("full AUC", result => RunSummary.Auc(result.Full));
            Row("slim AUC", result => RunSummary.Auc(result.Slim));
            Row("slim to full, 95%", result => $"{ComparisonSummary.Signed(result.AucDelta)} {ComparisonSummary.Interval(result.AucDeltaInterval)}");
            Row("slim logloss", result => Tables.Text($"{result.Slim.Logloss:F4}"));
            Row("slim deployed", result => ByteSize.Show(result.Slim.DeployedEmbeddingBytes));
            table.AddEmptyRow();
            foreach (var (setting, values) in FinishedRun.Differences(runs)) table.AddRow([Markup.Escape(setting), .. values.Select(Markup.Escape)]);
            terminal.Write(table);
            foreach (var warning in RunsReport.Warnings(runs)) terminal.Write($"note: {warning}");
            var file = parse.GetValue(page)!;
            AtomicFile.WriteText(file, RunsReport.Html(runs));
            terminal.Write(file);
            terminal.WriteJson(() => $"[{string.Join(",", runs.Select(run => File.ReadAllText(Path.Combine(run.Folder, "result.json"))))}]");
            return CommandHost.Success;
        }));
        return command;
    }
}

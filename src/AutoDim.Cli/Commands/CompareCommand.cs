using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Cli.Commands;

/// <summary>autodim compare: every method within the same bytes.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "folder that autodim prepare made" };
        var command = new Command("compare", "Compare ways to make embeddings smaller, each within the same bytes, over seeds, with intervals.") { data };
        var common = new CommonOptions(command, trainsMany: true);
        var settings = new SettingOptions<CompareOptions>(command, "rank-batch-norm", "rank-rows", "rank-gradients");
        var memory = new MemoryOption(command, MemoryOption.SeveralAdvice);
        var paper = new Option<bool>("--paper") { Description = "print the layout of AutoDim's paper: a row for each model, AUC / logloss / millions of embedding parameters" };
        command.Add(paper);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var terminal = common.Terminal(parse);
            var options = settings.Build(parse);
            using var clicks = ClickData.Open(parse.GetValue(data)!);
            using var pool = common.Pool(parse);
            using var budget = memory.Obey(parse, () => Comparison.Estimate(DataManifest.Load(clicks.Folder!), options, pool));
            using var folder = common.Folder(parse, $"{clicks.Name}-compare");
            var result = terminal.Watch(observer => new Comparison(clicks, options, folder, pool, observer).Execute(cancellation), pool.JobsAtATime);
            if (parse.GetValue(paper))
            {
                foreach (var size in result.Budgets) terminal.Write(Tables.Paper(result, size));
            }

            foreach (var model in result.Models)
            {
                if (!parse.GetValue(paper)) terminal.Write(Tables.Comparison(model));
                foreach (var sentence in ComparisonSummary.Sentences(model, result.Seeds.Count)) terminal.Write($"{model.Name}: {sentence}");
            }

            terminal.Write(ComparisonSummary.WhereBytesAre(result.Fields));
            terminal.WriteJson(() => JsonSerializer.Serialize(result, ComparisonJson.Default.ComparisonResult));
            terminal.Write($"report: {folder.File("report.html")}\n{folder.Path}");
            return CommandHost.Success;
        }, resumes: true));
        return command;
    }
}

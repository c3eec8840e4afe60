using System.CommandLine;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Runs;

namespace AutoDim.Cli.Commands;

/// <summary>autodim search: dimensions only; the plan is for autodim train --plan.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "folder that autodim prepare made" };
        var command = new Command("search", "Search each field's dimension and write plan.json.") { data };
        var common = new CommonOptions(command);
        var settings = new SettingOptions<RunOptions>(command, "seeds", "baselines", "tune-l2", "inherit");
        command.SetAction(parse => CommandHost.Run(cancellation =>
        {
            var terminal = common.Terminal(parse);
            var options = settings.Build(parse);
            using var clicks = ClickData.Open(parse.GetValue(data)!);
            using var pool = common.Pool(parse);
            using var folder = common.Folder(parse, $"{clicks.Name}-search");
            RunRecord.Keep(folder, "search", clicks, options);
            var plan = terminal.Watch(observer =>
            {
                var search = new PlanSearch(clicks, options, options.Training.For(clicks), folder, pool, new MetricsLog(folder, observer));
                var found = search.Run("search", options.Search, cancellation).Result;
                var budget = Budget(options, clicks);
                var chosen = search.Derive(found, budget);
                search.Save(chosen, found, budget);
                return chosen;
            });
            terminal.Write(Tables.Plan(plan.Fields.Select(field => new PlanRow(field.Field, field.Rows, field.Dim, field.Rows * field.Dim * sizeof(float)))));
            terminal.WriteJson(() => File.ReadAllText(folder.File("plan.json")));
            terminal.Write(folder.File("plan.json"));
            return CommandHost.Success;
        }));
        return command;
    }

    private static long? Budget(RunOptions options, ClickData data) => options.Budget is { } text
        ? ByteSize.Parse(text, PlanBytes.Of(EmbeddingPlan.Uniform(data.Fields, options.FullDim), data.Fields, ModelCatalog.Find(options.Model).HasFirstOrder).Deployed)
        : null;
}

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
        var settings = new SettingOptions<RunOptions>(command, "seeds", "baselines", "tune-l2", "inherit", "confirm", "within", "within-logloss", "methods", "storages");
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
                var found = search.Run(options.Training.Tables.L2, singleLevel: false, cancellation).Result;
                var chosen = Budget(options, clicks) is { } bytes ? search.Within(found, bytes) : search.Derive(found);
                search.Save(chosen, found, "autodim");
                return chosen;
            });
            terminal.Write(Tables.Plan(PlanRow.Of(plan)));
            terminal.WriteJson(() => File.ReadAllText(folder.File("plan.json")));
            terminal.Write(folder.File("plan.json"));
            return CommandHost.Success;
        }));
        return command;
    }

    private static long? Budget(RunOptions options, ClickData data) => options.Budget is { } text
        ? ByteSize.Parse(text, PlanBytes.Of(EmbeddingPlan.Uniform(data.Fields, options.FullDim), data.Fields, ModelCatalog.Find(options.Model).LinearRow(options.ModelOptions)).Deployed)
        : null;
}

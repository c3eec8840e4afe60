using System.CommandLine;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Runs;

namespace AutoDim.Cli.Commands;

/// <summary>autodim search: dimensions only; the plan is for autodim train --plan.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "folder that autodim prepare made" };
        var command = new Command("search", "Search each field's dimension and write plan.json.") { data };
        var common = new CommonOptions(command, trains: true);
        var settings = new SettingOptions<SearchJobOptions>(command, SearchJob.Unread);
        var memory = new MemoryOption(command, MemoryOption.TrainingAdvice);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var terminal = common.Terminal(parse);
            var options = settings.Build(parse);
            using var clicks = ClickData.Open(parse.GetValue(data)!);
            using var pool = common.Pool(parse);
            using var budget = memory.Obey(parse, () => [RunEstimate.Of(DataManifest.Load(clicks.Folder!), options.Run, pool).Search()]);
            using var folder = common.Folder(parse, $"{clicks.Name}-search");
            var path = "";
            var plan = terminal.Watch(observer =>
            {
                var job = new SearchJob(clicks, options, folder, pool, observer);
                path = job.PlanPath;
                return job.Execute(cancellation);
            });
            terminal.Write(Tables.Plan(PlanRow.Of(plan)));
            terminal.WriteJson(() => File.ReadAllText(path));
            terminal.Write(path);
            return CommandHost.Success;
        }, resumes: true));
        return command;
    }
}

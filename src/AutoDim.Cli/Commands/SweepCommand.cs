using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Runs;
using AutoDim.Settings;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim sweep: a training's settings by random trials and successive halving.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "folder that autodim prepare made" };
        var command = new Command("sweep", "Find a training's settings: random trials, of which ever fewer go on.") { data };
        var common = new CommonOptions(command, trainsMany: true);
        var settings = new SettingOptions<SweepOptions>(command, "seeds", "tune-l2", "start-from", "storage", "form", "test", "tensorboard", "rank-batch-norm", "rank-rows", "rank-gradients");
        var memory = new MemoryOption(command, MemoryOption.SeveralAdvice);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var terminal = common.Terminal(parse);
            var options = settings.Build(parse);
            options = options with { Job = options.Job.AsGiven(name => settings.IsGiven(parse, name)) };
            using var clicks = ClickData.Open(parse.GetValue(data)!);
            using var pool = common.Pool(parse);
            using var budget = memory.Obey(parse, () => [SweepJob.Estimate(DataManifest.Load(clicks.Folder!), clicks, options, pool)]);
            using var folder = common.Folder(parse, $"{clicks.Name}-{options.Job.Model}-sweep");
            var result = terminal.Watch(observer => new SweepJob(clicks, options, folder, pool, observer).Execute(cancellation), pool.JobsAtATime);
            var table = Tables.New(["trial", .. result.Best.Settings.Keys, "best epoch", "valid AUC"]);
            foreach (var trial in result.Dropped.Prepend(result.Best))
            {
                table.AddRow([Tables.Text($"{trial.Number}"), .. trial.Settings.Values.Select(Markup.Escape), Tables.Text($"{trial.BestEpoch}"), trial.Diverged ? "diverged" : Tables.Text($"{trial.ValidAuc:F5}")]);
            }

            terminal.Write(table);
            terminal.Write($"autodim train {parse.GetValue(data)} --model {options.Job.Model}{Fixed(options.Job, result.Best)} {result.Best.Flags}");
            terminal.WriteJson(() => JsonSerializer.Serialize(result, SweepJson.Default.SweepResult));
            terminal.Write(folder.Path);
            return CommandHost.Success;
        }, resumes: true));
        return command;
    }

    /// <summary>What no trial varied and is not the default, as autodim train takes it.</summary>
    private static string Fixed(TrainJobOptions job, SweepTrial trial)
    {
        var defaults = new TrainJobOptions();
        return string.Concat(SettingList.Of(typeof(TrainJobOptions)).Where(setting => setting.Name != "model" && !trial.Settings.ContainsKey(setting.Name) && setting.Get(job) != setting.Get(defaults))
            .Select(setting => $" --{setting.Name} {setting.Get(job)}"));
    }
}

using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Reports;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim train: one model by a plan or of one dimension.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var data = new Argument<string>("data") { Description = "folder that autodim prepare made" };
        var command = new Command("train", "Train one model, by a plan or with one dimension for every field.") { data };
        var common = new CommonOptions(command, trains: true, trainsMany: true);
        var settings = new SettingOptions<TrainJobOptions>(command);
        var memory = new MemoryOption(command, MemoryOption.SeveralAdvice);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            var terminal = common.Terminal(parse);
            var options = settings.Build(parse).AsGiven(name => settings.IsGiven(parse, name));
            using var clicks = ClickData.Open(parse.GetValue(data)!);
            using var pool = common.Pool(parse);
            using var budget = memory.Obey(parse, () => [TrainJob.Estimate(DataManifest.Load(clicks.Folder!), clicks, options, pool)]);
            using var folder = common.Folder(parse, $"{clicks.Name}-{options.Model}");
            var result = terminal.Watch(observer => new TrainJob(clicks, options, folder, pool, observer).Execute(cancellation), pool.JobsAtATime);
            var table = Tables.New("split", "AUC", "logloss", "calibration", "parameters", "embedding bytes", "table L2");
            Add("valid", result.Valid);
            if (result.Test is { } test) Add("test", test);
            terminal.Write(table);
            terminal.WriteJson(() => JsonSerializer.Serialize(result, RunJson.Default.TrainJobResult));
            terminal.Write(folder.Path);
            return CommandHost.Success;

            void Add(string split, VariantResult row) => table.AddRow(
                split, RunSummary.Auc(row), Tables.Text($"{row.Logloss:F4}"), Tables.Text($"{row.Calibration:F3}"), Tables.Text($"{row.Parameters:N0}"), ByteSize.Show(row.EmbeddingBytes), Tables.Text($"{row.TableL2:G3}"));
        }, resumes: true));
        return command;
    }
}

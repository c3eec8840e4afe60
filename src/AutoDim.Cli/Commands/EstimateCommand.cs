using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Runs;
using AutoDim.Runs.Scaling;
using AutoDim.Settings;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim estimate: memory and time of a run, before it is started.</summary>
internal static class EstimateCommand
{
    private const double ValidShare = 0.125;

    public static Command Create()
    {
        var data = new Argument<string?>("data") { Description = "folder that autodim prepare made; or give --rows and --values", Arity = ArgumentArity.ZeroOrOne };
        var rows = new Option<string?>("--rows") { Description = "training rows, where there is no data yet; 1 to 10^12", HelpName = "number" };
        var values = new Option<string?>("--values") { Description = "values of each field, where there is no data yet", HelpName = "numbers" };
        var ranks = new Option<int>("--ranks") { Description = "say instead where tables lie, what is sent and how a training step scales, when up to so many processes train under mpirun, with --threads each", HelpName = "number", DefaultValueFactory = _ => 1 };
        var replicate = CommonOptions.Replicate();
        var command = new Command("estimate", "Say how much memory and time a run will take, from counts alone.") { data, rows, values, ranks, replicate };
        var network = new NetworkOptions(command);
        var common = new CommonOptions(command, trainsMany: true);
        var settings = new SettingOptions<RunOptions>(command, "tensorboard");
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var terminal = common.Terminal(parse);
            using var pool = common.Pool(parse);
            var options = settings.Build(parse);
            if (parse.GetValue(data) != null && (parse.GetValue(rows) ?? parse.GetValue(values)) != null) throw new AutoDimException("--rows and --values are for where there is no data yet; leave them out, or the folder");
            if (parse.GetValue(ranks) is var count && count is < 1 or > 65_536) throw new AutoDimException($"--ranks is {count}, expected 1 to 65536");
            var estimate = parse.GetValue(data) is { } folder
                ? RunEstimate.Of(DataManifest.Load(folder), options, pool)
                : OfCounts(parse.GetValue(rows), parse.GetValue(values), options, pool);
            if (count > 1)
            {
                using var clicks = parse.GetValue(data) is { } place ? ClickData.Open(place) : null;
                var together = estimate.OnRanks(count, CommonOptions.ReplicatedBytes(parse, replicate), network.Build(parse), clicks == null ? null : DistinctValues.Of(clicks));
                Show(terminal, together.Tables, count);
                Show(terminal, together);
                terminal.WriteJson(() => JsonSerializer.Serialize(together, RunJson.Default.RanksEstimate));
                return CommandHost.Success;
            }

            var stages = estimate.Stages();
            Show(terminal, stages);
            terminal.WriteJson(() => JsonSerializer.Serialize(stages, RunJson.Default.IReadOnlyListStageEstimate));
            return CommandHost.Success;
        }));
        return command;
    }

    private static RunEstimate OfCounts(string? rows, string? values, RunOptions options, Numerics.WorkerPool pool)
    {
        if (rows == null && values == null) throw new AutoDimException("name a folder of prepared data, or give --rows and --values where there is none yet; see: autodim estimate --help");
        if (!long.TryParse(rows, out var count) || count is < 1 or > 1_000_000_000_000) throw new AutoDimException($"--rows is '{rows}', expected the number of training rows, 1 to 10^12");
        if (values == null || !SettingText.TryRead(values, typeof(IReadOnlyList<int>), out var read) || read is not IReadOnlyList<int> { Count: > 0 } counts || counts.Any(value => value < 1))
        {
            throw new AutoDimException($"--values is '{values}', expected the number of values of each field, from 1, separated by commas");
        }

        Field[] fields = [.. counts.Select((value, m) => new Field($"field{m + 1}", value))];
        var bytes = count * fields.Sum(field => RowWidth.Of(field.Rows));
        return new RunEstimate(fields, count, (long)Math.Ceiling(ValidShare * count), bytes, options, pool);
    }

    private static void Show(Terminal terminal, IReadOnlyList<StageEstimate> stages)
    {
        var table = Tables.New("stage", "peak memory", "step", "steps/epoch", "epochs", "trainings", "time");
        foreach (var stage in stages)
        {
            table.AddRow(stage.Stage, ByteSize.Show(stage.PeakBytes), Tables.Text($"{1000 * stage.StepSeconds:F1} ms"), Tables.Text($"{stage.StepsPerEpoch:N0}"), Tables.Text($"{stage.Epochs}"), Tables.Text($"{stage.Trainings}"), Duration(stage.Seconds));
        }

        terminal.Write(table);
        terminal.Write($"in all about {Duration(stages.Sum(stage => stage.Seconds))}, at most {ByteSize.Show(stages.Max(stage => stage.PeakBytes))} of memory; trainings end when validation stops improving, the epochs are a typical number");
    }

    private static void Show(Terminal terminal, IReadOnlyList<TablePlacement> placements, int ranks)
    {
        var table = Tables.New("table", "rows", "dimension", $"on {ranks} ranks", "bytes per rank", "sent per step, at most");
        foreach (var place in placements)
        {
            table.AddRow(Markup.Escape(place.Table), Tables.Text($"{place.Rows:N0}"), Tables.Text($"{place.Dim}"), place.IsShared ? "spread" : "whole", ByteSize.Show(place.BytesPerRank), ByteSize.Show((long)place.SentPerStep));
        }

        terminal.Write(table);
        terminal.Write($"each rank holds {ByteSize.Show(placements.Sum(place => place.BytesPerRank))} of tables and their optimiser's state, and sends at most {ByteSize.Show((long)placements.Sum(place => place.SentPerStep))} for them in a step");
    }

    private static void Show(Terminal terminal, RanksEstimate estimate)
    {
        var table = Tables.New("ranks", "tables spread", "bytes of tables", "step", "own samples", "others' rows", "exchanges", "sums", "sent", "samples/s", "efficiency");
        foreach (var point in estimate.Scaling)
        {
            table.AddRow(
                Tables.Text($"{point.Ranks:N0}"), Tables.Text($"{point.SpreadTables} of {estimate.Tables.Count}"), ByteSize.Show(point.TableBytes), Milliseconds(point.StepSeconds), Milliseconds(point.ComputeSeconds), Milliseconds(point.RowSeconds), Milliseconds(point.ExchangeSeconds), Milliseconds(point.SumSeconds),
                ByteSize.Show(point.ExchangedBytes + point.SummedBytes), Tables.Text($"{point.SamplesPerSecond:N0}"), Tables.Text($"{point.Efficiency:P0}"));
        }

        terminal.Write(table);
        var network = estimate.Network;
        terminal.Write(Tables.Text($"batch {estimate.BatchSize:N0}; {network.Latency * 1e6:G3} µs a message, {network.PerMessage * 1e6:G3} µs each further one, {ByteSize.Show((long)network.Bandwidth)}/s (mpirun -n 2 autodim mpi-check measures them)"));
    }

    private static string Milliseconds(double seconds) => Tables.Text($"{1000 * seconds:F2} ms");

    private static string Duration(double seconds) => seconds < 120 ? Tables.Text($"{seconds:F0} s") : seconds < 7200 ? Tables.Text($"{seconds / 60:F0} min") : Tables.Text($"{seconds / 3600:F1} h");
}

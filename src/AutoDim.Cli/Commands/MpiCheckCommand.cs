using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Cli.Display;
using AutoDim.Data;
using AutoDim.Mpi;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Runs.Scaling;
using Spectre.Console;

namespace AutoDim.Cli.Commands;

/// <summary>autodim mpi-check: whether the processes hear each other, and how fast.</summary>
internal static unsafe class MpiCheckCommand
{
    private const int Rounds = 50;

    /// <summary>Numbers of a message: one, a small layer, a large one.</summary>
    private static readonly int[] Lengths = [1, 1 << 12, 1 << 18];

    public static Command Create()
    {
        var data = new Argument<string?>("data") { Description = "folder that autodim prepare made, to train some steps on as well, beside what a model of their cost says", Arity = ArgumentArity.ZeroOrOne };
        var steps = new Option<int>("--steps") { Description = "training steps that are timed, 1 to 1000000", HelpName = "number", DefaultValueFactory = _ => 100 };
        var command = new Command("mpi-check", "Under mpirun: whether all processes hear each other, and how fast, and how fast they train together.") { data, steps };
        var common = new CommonOptions(command, makesFolder: false, trains: true);
        var settings = new SettingOptions<TrainJobOptions>(command, "plan", "start-from", "seeds", "tune-l2", "test", "epochs", "patience", "tensorboard");
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            if (parse.GetValue(steps) is var count && count is < 1 or > 1_000_000) throw new AutoDimException($"--steps is {count}, expected 1 to 1000000");
            var (terminal, ranks) = (common.Terminal(parse), World.Ranks);
            using var pool = common.Pool(parse);
            using var clicks = parse.GetValue(data) is { } folder ? ClickData.Open(folder) : null;
            var result = new JsonObject { ["ranks"] = ranks.Count, ["threads"] = pool.ThreadCount, ["library"] = ranks.AreSeveral ? MpiRanks.Version : "no MPI: started without mpirun, or with one process" };
            terminal.Write($"{ranks.Count} {(ranks.Count == 1 ? "process" : "processes")}, {pool.ThreadCount} threads each; {result["library"]}");
            var network = CheckNetwork(ranks, terminal, result);
            if (clicks != null)
            {
                var cost = terminal.Watch(observer => StepCost.Measure(clicks, settings.Build(parse), pool, observer, network, count));
                Show(terminal, cost);
                result["training"] = JsonSerializer.SerializeToNode(cost, RunJson.Default.StepCost);
            }

            terminal.WriteJson(() => result.ToJsonString());
            return CommandHost.Success;
        }));
        return command;
    }

    /// <summary>The speed of messages, where there are any.</summary>
    private static NetworkSpeed CheckNetwork(Ranks ranks, Terminal terminal, JsonObject result)
    {
        var table = Tables.New("bytes", "sum over ranks", "exchange between all");
        var nodes = new JsonArray();
        var measured = new List<(double Sum, double Exchange)>();
        foreach (var length in Lengths)
        {
            var (sum, exchange) = Measure(ranks, length);
            measured.Add((sum, exchange));
            table.AddRow(Tables.Text($"{length * sizeof(float):N0}"), Micros(sum), Micros(exchange));
            nodes.Add((JsonNode)new JsonObject { ["bytes"] = length * sizeof(float), ["sumSeconds"] = sum, ["exchangeSeconds"] = exchange }); // JsonNode: the native program has no overload for others
        }

        terminal.Write(table);
        result["measured"] = nodes;
        if (!ranks.AreSeveral) return NetworkSpeed.Default;
        var speed = NetworkSpeed.Of(ranks.Count, measured[0], measured[^1], Lengths[^1] * sizeof(float));
        result["network"] = new JsonObject { ["latency"] = speed.Latency, ["perMessage"] = speed.PerMessage, ["bandwidth"] = speed.Bandwidth };
        return speed;
    }

    private static void Show(Terminal terminal, StepCost cost)
    {
        var table = Tables.New("training step", "measured", "by the model");
        table.AddRow("in all", Milliseconds(cost.StepSeconds), Milliseconds(cost.Expected.StepSeconds));
        table.AddRow("of which messages and waiting", Milliseconds(cost.MessageSeconds), Milliseconds(cost.Expected.ExchangeSeconds + cost.Expected.SumSeconds));
        table.AddRow("bytes of rows that a rank sends", Tables.Text($"{cost.ExchangedBytes:N0}"), Tables.Text($"{cost.Expected.ExchangedBytes:N0}"));
        table.AddRow("samples/s", Tables.Text($"{cost.SamplesPerSecond:N0}"), Tables.Text($"{cost.Expected.SamplesPerSecond:N0}"));
        terminal.Write(table);
    }

    private static string Milliseconds(double seconds) => Tables.Text($"{1000 * seconds:F2} ms");

    /// <summary>Median seconds of a sum, and of an exchange in which each rank sends as many numbers in all, dealt out evenly; checks what arrives.</summary>
    private static (double Sum, double Exchange) Measure(Ranks ranks, int length)
    {
        using NativeBuffer<float> sent = new((long)length * ranks.Count), received = new((long)length * ranks.Count);
        var share = length / ranks.Count * sizeof(float);
        int[] counts = [.. Enumerable.Repeat(share, ranks.Count)], starts = [.. Enumerable.Range(0, ranks.Count).Select(rank => rank * share)];
        double[] sums = new double[Rounds], exchanges = new double[Rounds];
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < length; i++) sent[i] = ranks.Rank + 1;
            ranks.Wait();
            var start = Stopwatch.GetTimestamp();
            ranks.Exchange((byte*)sent.Pointer, counts, starts, (byte*)received.Pointer, counts, starts);
            exchanges[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            for (var rank = 0; share > 0 && rank < ranks.Count; rank++) Check(received[starts[rank] / sizeof(float)], rank + 1);
            ranks.Wait();
            start = Stopwatch.GetTimestamp();
            ranks.Sum(sent.Pointer, length);
            sums[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Check(sent[length - 1], ranks.Count * (ranks.Count + 1) / 2);
        }

        Array.Sort(sums);
        Array.Sort(exchanges);
        return (sums[Rounds / 2], exchanges[Rounds / 2]);
    }

    private static void Check(float got, int expected)
    {
        if (got != expected) throw new AutoDimException($"this rank got {got} where {expected} was sent: the MPI library is not the launcher's, or one of another build; use mpirun of the same package");
    }

    private static string Micros(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:N1} µs");
}

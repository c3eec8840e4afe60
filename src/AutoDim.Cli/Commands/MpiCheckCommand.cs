using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Cli.Display;
using AutoDim.Mpi;
using AutoDim.Numerics;
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
        var command = new Command("mpi-check", "Under mpirun: whether all processes hear each other, and how fast.");
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(parse, _ =>
        {
            var (terminal, ranks) = (common.Terminal(parse), World.Ranks);
            var table = Tables.New("bytes", "sum over ranks", "exchange between all");
            var measured = new JsonArray();
            foreach (var length in Lengths)
            {
                var (sum, exchange) = Measure(ranks, length);
                table.AddRow(Tables.Text($"{length * sizeof(float):N0}"), Micros(sum), Micros(exchange));
                measured.Add((JsonNode)new JsonObject { ["bytes"] = length * sizeof(float), ["sumSeconds"] = sum, ["exchangeSeconds"] = exchange }); // JsonNode: the native program has no overload for others
            }

            var version = ranks.AreSeveral ? MpiRanks.Version : "no MPI: started without mpirun, or with one process";
            terminal.Write($"{ranks.Count} {(ranks.Count == 1 ? "process" : "processes")}, {World.Threads} threads each; {version}");
            terminal.Write(table);
            terminal.WriteJson(() => new JsonObject { ["ranks"] = ranks.Count, ["threads"] = World.Threads, ["library"] = version, ["measured"] = measured }.ToJsonString());
            return CommandHost.Success;
        }));
        return command;
    }

    /// <summary>Seconds of a sum, and of an exchange in which each rank sends as many numbers in all, dealt out evenly; checks what arrives.</summary>
    private static (double Sum, double Exchange) Measure(Ranks ranks, int length)
    {
        using NativeBuffer<float> sent = new((long)length * ranks.Count), received = new((long)length * ranks.Count);
        var share = length / ranks.Count * sizeof(float);
        int[] counts = [.. Enumerable.Repeat(share, ranks.Count)], starts = [.. Enumerable.Range(0, ranks.Count).Select(rank => rank * share)];
        double sum = 0, exchange = 0;
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < length; i++) sent[i] = ranks.Rank + 1;
            ranks.Wait();
            var start = Stopwatch.GetTimestamp();
            ranks.Exchange((byte*)sent.Pointer, counts, starts, (byte*)received.Pointer, counts, starts);
            exchange += Stopwatch.GetElapsedTime(start).TotalSeconds;
            for (var rank = 0; share > 0 && rank < ranks.Count; rank++) Check(received[starts[rank] / sizeof(float)], rank + 1);
            start = Stopwatch.GetTimestamp();
            ranks.Sum(sent.Pointer, length);
            sum += Stopwatch.GetElapsedTime(start).TotalSeconds;
            Check(sent[length - 1], ranks.Count * (ranks.Count + 1) / 2);
        }

        return (sum / Rounds, exchange / Rounds);
    }

    private static void Check(float got, int expected)
    {
        if (got != expected) throw new AutoDimException($"this rank got {got} where {expected} was sent: the MPI library is not the launcher's, or one of another build; use mpirun of the same package");
    }

    private static string Micros(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:N1} µs");
}

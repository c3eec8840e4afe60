using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Runs;
using AutoDim.Runs.Scaling;

namespace AutoDim.Cli.Commands;

/// <summary>How fast messages are between machines, as a user gives it or as mpi-check has measured it.</summary>
internal sealed class NetworkOptions
{
    private readonly Option<string?> file = new("--network") { Description = "what mpirun … autodim mpi-check --json printed, in place of the next three", HelpName = "FILE" };
    private readonly Option<double?> latency = new("--latency") { Description = $"microseconds of a message between ranks [default {NetworkSpeed.Default.Latency * 1e6:F0}]", HelpName = "number" };
    private readonly Option<double?> perMessage = new("--per-message") { Description = $"microseconds of each further message, where one rank sends to many [default {NetworkSpeed.Default.PerMessage * 1e6:F0}]", HelpName = "number" };
    private readonly Option<string?> bandwidth = new("--bandwidth") { Description = $"bytes a second that a rank sends [default {ByteSize.Show((long)NetworkSpeed.Default.Bandwidth).Replace(" ", "", StringComparison.Ordinal)}]", HelpName = "BYTES" };

    public NetworkOptions(Command command)
    {
        foreach (var option in (Option[])[file, latency, perMessage, bandwidth]) command.Options.Add(option);
    }

    /// <summary>The default, changed by the file, then by what is given.</summary>
    public NetworkSpeed Build(ParseResult parse)
    {
        var speed = parse.GetValue(file) is { } path ? Load(path) : NetworkSpeed.Default;
        return new NetworkSpeed(
            Seconds(latency) ?? speed.Latency, Seconds(perMessage) ?? speed.PerMessage, parse.GetValue(bandwidth) is { } bytes ? ByteSize.Parse(bytes, 0, "--bandwidth") : speed.Bandwidth);

        double? Seconds(Option<double?> option) => parse.GetValue(option) switch
        {
            null => null,
            >= 0 and <= 1e6 => parse.GetValue(option) / 1e6,
            var given => throw new AutoDimException($"{option.Name} is {given}, expected microseconds, 0 to 1000000"),
        };
    }

    private static NetworkSpeed Load(string path)
    {
        try
        {
            if (JsonNode.Parse(File.ReadAllText(path))?["network"] is JsonObject network)
            {
                var speed = new NetworkSpeed((double)network["latency"]!, (double)network["perMessage"]!, (double)network["bandwidth"]!);
                if (speed is { Latency: >= 0, PerMessage: >= 0, Bandwidth: > 0 }) return speed;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}", exception);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or ArgumentException or NullReferenceException)
        {
            // Told below: it is not what mpi-check prints.
        }

        throw new AutoDimException($"'{path}' is not what mpirun -n 2 autodim mpi-check --json prints, with latency, perMessage and bandwidth of \"network\"; write that into the file, from two ranks or more");
    }
}

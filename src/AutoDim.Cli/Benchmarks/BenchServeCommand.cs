using System.CommandLine;
using AutoDim.Cli.Commands;
using AutoDim.Cli.Display;
using AutoDim.Export;

namespace AutoDim.Cli.Benchmarks;

/// <summary><c>autodim bench-serve</c>: how models answer over HTTP, each in a process of its own, asked by connections that each wait for their answer.</summary>
internal static class BenchServeCommand
{
    private const int Requests = 256;

    public static Command Create()
    {
        var models = new Argument<string[]>("models") { Description = "model folders, or run folders that hold them", Arity = ArgumentArity.OneOrMore };
        var rows = new Option<string?>("--rows") { Description = "raw file of the models' schema to take rows from; without it values are made up, and all but ids are unseen ones", HelpName = "FILE" };
        var connections = new Option<int>("--connections") { Description = "connections that ask at once, 1 to 4096", HelpName = "number", DefaultValueFactory = _ => 8 };
        var batches = new Option<string>("--batches") { Description = "rows of a request, separated by commas", HelpName = "numbers", DefaultValueFactory = _ => "1,64" };
        var seconds = new Option<double>("--seconds") { Description = "seconds for each model and batch, after a second to warm up", HelpName = "number", DefaultValueFactory = _ => 5 };
        var serve = new Option<string>("--serve") { Description = "further options of autodim serve, in one text: --serve '--max-batch 64'", HelpName = "text", DefaultValueFactory = _ => "" };
        var command = new Command("bench-serve", "Measure how models answer over HTTP: requests, latencies, memory, start. The connections take part of this machine's time.") { models, rows, connections, batches, seconds, serve };
        var common = new CommonOptions(command, makesFolder: false);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            if (parse.GetValue(connections) is var count && count is < 1 or > 4096) throw new AutoDimException($"--connections is {count}, expected 1 to 4096");
            if (parse.GetValue(seconds) is var time && !(time > 0)) throw new AutoDimException($"--seconds is {time}, expected more than 0");
            int[] sizes = [.. parse.GetValue(batches)!.Split(',').Select(text => int.TryParse(text, out var size) && size > 0 ? size : throw new AutoDimException($"--batches has '{text}', expected whole numbers above 0"))];
            var terminal = common.Terminal(parse);
            var sheet = new Sheet(
                "bench-serve", ("model", null), ("rows a request", "N0"), ("connections", "N0"), ("requests/s", "N0"), ("rows/s", "N0"), ("p50 ms", "N2"), ("p99 ms", "N2"), ("p99.9 ms", "N2"), ("resident MB", "N0"), ("start ms", "N0"));
            foreach (var model in parse.GetValue(models)!)
            {
                var folder = TrainedModel.Find(model);
                var asked = BenchRows.Of(folder, parse.GetValue(rows), Requests * sizes.Max());
                if (asked.Length == 0) throw new AutoDimException($"'{parse.GetValue(rows)}' has no rows");
                using var server = new ServeProcess(folder, parse.GetValue(serve)!.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                foreach (var size in sizes)
                {
                    byte[][] requests = [.. Enumerable.Range(0, Requests).Select(i => LoadConnection.Request([.. Enumerable.Range(i * size, size).Select(row => asked[row % asked.Length])]))];
                    Measure(server, requests, count, TimeSpan.FromSeconds(1), cancellation);
                    var latencies = Measure(server, requests, count, TimeSpan.FromSeconds(time), cancellation);
                    var rate = latencies.Length / time;
                    sheet.Add(model, size, count, rate, rate * size, At(latencies, 0.5), At(latencies, 0.99), At(latencies, 0.999), server.ResidentBytes / 1e6, server.StartMilliseconds);
                    terminal.Say($"{model}, {size} rows a request: {rate:N0} requests/s");
                }
            }

            sheet.Show(terminal);
            return CommandHost.Success;
        }, left: CommandHost.Measurements));
        return command;
    }

    /// <summary>Milliseconds that all answers took, in ascending order.</summary>
    private static double[] Measure(ServeProcess server, byte[][] requests, int count, TimeSpan time, CancellationToken cancellation)
    {
        LoadConnection[] connections = [.. Enumerable.Range(0, count).Select(_ => new LoadConnection(server.Address))];
        try
        {
            Task.WhenAll(connections.Select((connection, i) => Task.Run(() => connection.Run(requests, i * requests.Length / count, time, cancellation), cancellation))).GetAwaiter().GetResult();
            return [.. connections.SelectMany(connection => connection.Latencies).Select(latency => 1000 * latency).Order()];
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
        }
    }

    /// <summary>The least time that so large a share of answers did not exceed.</summary>
    private static double At(double[] ascending, double share) => ascending[Math.Min(ascending.Length - 1, (int)Math.Ceiling(share * ascending.Length))];
}

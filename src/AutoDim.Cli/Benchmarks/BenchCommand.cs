using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Commands;
using AutoDim.Cli.Display;
using AutoDim.Numerics;
using AutoDim.Reports;

namespace AutoDim.Cli.Benchmarks;

/// <summary><c>autodim bench</c>: speed of this engine beside the machine's peaks and, where there is one, PyTorch.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var peers = new Option<string>("--peers") { Description = "folder of workloads.json and torch_ctr.py", HelpName = "FOLDER", DefaultValueFactory = _ => "../shared/bench" };
        var workloads = new Option<string?>("--workloads") { Description = "names, separated by commas; default all", HelpName = "names" };
        var jobs = new Option<string?>("--jobs") { Description = "deepfm, deepfm-sparse or autodim, separated by commas; default all", HelpName = "names" };
        var seconds = new Option<double>("--seconds") { Description = "seconds per job and turn, for each engine", HelpName = "number", DefaultValueFactory = _ => 10 };
        var docs = new Option<string?>("--docs") { Description = "Markdown file whose marked part the table replaces", HelpName = "FILE" };
        var command = new Command("bench", "Measure speed, beside this machine's peaks and PyTorch where present.") { peers, workloads, jobs, seconds, docs };
        var common = new CommonOptions(command);
        command.SetAction(parse => CommandHost.Run(cancellation =>
        {
            if (parse.GetValue(seconds) is var time && !(time > 0)) throw new AutoDimException($"--seconds is {time}, expected more than 0");
            var folder = parse.GetValue(peers)!;
            var chosen = Choose(Workload.Load(folder), parse.GetValue(workloads), "workload");
            var all = Choose(Job.All.ToDictionary(job => job.Name), parse.GetValue(jobs), "job").Values.ToArray();
            using var pool = common.Pool(parse);
            var machine = Measure(common.Terminal(parse), pool, Peer.Find(folder, pool.ThreadCount), time, chosen, all, cancellation, out var results);
            if (parse.GetValue(docs) is { } path) MarkedFile.Replace(path, "bench", BenchTable.Markdown(machine, results));
            return CommandHost.Success;
        }));
        return command;
    }

    private static IReadOnlyList<string> Measure(
        Terminal terminal, WorkerPool pool, Peer? peer, double seconds, IReadOnlyDictionary<string, Workload> workloads, Job[] jobs, CancellationToken cancellation, out List<BenchResult> results)
    {
        var peaks = MachinePeaks.Measure(pool);
        results = [];
        foreach (var result in new BenchRun(pool, peaks, peer, seconds).Run(workloads, jobs))
        {
            results.Add(result);
            terminal.WriteJson(() => JsonSerializer.Serialize(result, BenchJson.Default.BenchResult));
            terminal.Say($"{result.Workload}, {result.Job}: {result.SamplesPerSecond:N0} samples/s");
            cancellation.ThrowIfCancellationRequested();
        }

        var machine = BenchTable.Machine(peaks, peer, pool.ThreadCount);
        BenchTable.Show(terminal, machine, results);
        return machine;
    }

    private static IReadOnlyDictionary<string, T> Choose<T>(IReadOnlyDictionary<string, T> all, string? names, string what)
    {
        if (names == null) return all;
        return names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToDictionary(name => name, name => all.TryGetValue(name, out var found)
            ? found
            : throw new AutoDimException($"there is no {what} '{name}'; choose from {string.Join(", ", all.Keys)}"));
    }
}

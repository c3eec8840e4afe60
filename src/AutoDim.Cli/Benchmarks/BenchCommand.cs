using System.CommandLine;
using System.Text.Json;
using AutoDim.Numerics;
using Spectre.Console;

namespace AutoDim.Cli.Benchmarks;

/// <summary><c>autodim bench</c>: speed of this engine beside the machine's peaks and, where there is one, PyTorch.</summary>
internal static class BenchCommand
{
    private static readonly Option<string> Peers = new("--peers") { Description = "folder of workloads.json and torch_ctr.py", DefaultValueFactory = _ => "../shared/bench" };
    private static readonly Option<bool> Json = new("--json") { Description = "one line of JSON per workload and job" };
    private static readonly Option<string?> Workloads = new("--workloads") { Description = "names, separated by commas; default all" };
    private static readonly Option<string?> Jobs = new("--jobs") { Description = "deepfm, deepfm-sparse or autodim, separated by commas; default all" };
    private static readonly Option<double> Seconds = new("--seconds") { Description = "seconds per job, for each engine", DefaultValueFactory = _ => 10 };
    private static readonly Option<int> Threads = new("--threads") { Description = "threads of each engine; default every core", DefaultValueFactory = _ => Environment.ProcessorCount };
    private static readonly Option<string?> Docs = new("--docs") { Description = "file whose marked part is replaced by the table" };

    public static Command Create()
    {
        var command = new Command("bench", "measure speed, beside this machine's peaks and PyTorch where present") { Peers, Json, Workloads, Jobs, Seconds, Threads, Docs };
        command.SetAction(parsed => Run(
            parsed.GetValue(Peers)!, parsed.GetValue(Json), parsed.GetValue(Workloads), parsed.GetValue(Jobs),
            parsed.GetValue(Seconds), parsed.GetValue(Threads), parsed.GetValue(Docs)));
        return command;
    }

    private static int Run(string folder, bool json, string? names, string? jobNames, double seconds, int threads, string? docs)
    {
        if (threads < 1 || !(seconds > 0)) throw new AutoDimException($"--threads is {threads} and --seconds {seconds}; both must be above 0");
        var workloads = Choose(Workload.Load(folder), names, "workload");
        var jobs = Choose(Job.All.ToDictionary(job => job.Name), jobNames, "job").Values.ToArray();
        using var pool = new WorkerPool(threads);
        var peaks = MachinePeaks.Measure(pool);
        var peer = Peer.Find(folder, threads);
        List<BenchResult> results = [];
        foreach (var result in new BenchRun(pool, peaks, peer, seconds).Run(workloads, jobs))
        {
            results.Add(result);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(result, BenchJson.Default.BenchResult));
            else Console.Error.WriteLine($"{result.Workload}, {result.Job}: {result.SamplesPerSecond:N0} samples/s");
        }

        var machine = BenchTable.Machine(peaks, peer, threads);
        if (!json) BenchTable.Show(AnsiConsole.Console, machine, results);
        if (docs != null) BenchTable.WriteDocs(docs, machine, results);
        return 0;
    }

    private static IReadOnlyDictionary<string, T> Choose<T>(IReadOnlyDictionary<string, T> all, string? names, string what)
    {
        if (names == null) return all;
        return names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToDictionary(name => name, name => all.TryGetValue(name, out var found)
            ? found
            : throw new AutoDimException($"there is no {what} '{name}'; choose from {string.Join(", ", all.Keys)}"));
    }
}

using System.CommandLine;
using System.Text.Json;
using AutoDim.Cli.Commands;
using AutoDim.Cli.Display;
using AutoDim.Numerics;
using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Cli.Benchmarks;

/// <summary><c>autodim bench</c>: speed of this engine beside the machine's peaks and, where there is one, PyTorch.</summary>
internal static class BenchCommand
{
    private static readonly string[] Sheets = ["steps", "parts", "models", "scaling", "serving", "runtimes", "prepare"];

    public static Command Create()
    {
        var peers = new Option<string>("--peers") { Description = "folder of workloads.json and torch_ctr.py", HelpName = "FOLDER", DefaultValueFactory = _ => "../shared/bench" };
        var workloads = new Option<string?>("--workloads") { Description = "names, separated by commas; default all", HelpName = "names" };
        var jobs = new Option<string?>("--jobs") { Description = "deepfm, deepfm-sparse, autodim or autodim-f10, separated by commas; default all", HelpName = "names" };
        var seconds = new Option<double>("--seconds") { Description = "seconds per job and turn, for each engine", HelpName = "number", DefaultValueFactory = _ => 10 };
        var sheets = new Option<string>("--sheets") { Description = "what to measure: steps, parts, models, scaling, serving, runtimes, prepare, separated by commas", HelpName = "names", DefaultValueFactory = _ => "steps" };
        var mostRows = new Option<long>("--most-rows") { Description = "of scaling: rows of the largest table", HelpName = "number", DefaultValueFactory = _ => 100_000_000 };
        var prepareBytes = new Option<string>("--prepare-bytes") { Description = "of prepare: size of the generated file", HelpName = "size", DefaultValueFactory = _ => "2GB" };
        var docs = new Option<string?>("--docs") { Description = "Markdown file whose marked parts the tables replace", HelpName = "FILE" };
        var command = new Command("bench", "Measure speed, beside this machine's peaks and PyTorch where present.") { peers, workloads, jobs, seconds, sheets, mostRows, prepareBytes, docs };
        var common = new CommonOptions(command);
        command.SetAction(parse => CommandHost.Run(parse, cancellation =>
        {
            if (parse.GetValue(seconds) is var time && !(time > 0)) throw new AutoDimException($"--seconds is {time}, expected more than 0");
            var folder = parse.GetValue(peers)!;
            var chosen = Choose(Workload.Load(folder), parse.GetValue(workloads), "workload");
            var all = Choose(Job.All.ToDictionary(job => job.Name), parse.GetValue(jobs), "job").Values.ToArray();
            var wanted = parse.GetValue(sheets)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (wanted.FirstOrDefault(name => !Sheets.Contains(name)) is { } unknown) throw new AutoDimException($"there is no sheet '{unknown}'; choose from {string.Join(", ", Sheets)}");
            using var pool = common.Pool(parse);
            var terminal = common.Terminal(parse);
            var peaks = MachinePeaks.Measure(pool);
            var criteo = Workload.BuiltIn["criteo-like"];
            foreach (var name in wanted)
            {
                cancellation.ThrowIfCancellationRequested();
                var (part, markdown) = name switch
                {
                    "parts" => Show(PartsSheet.Measure(chosen, pool, peaks, time)),
                    "models" => Show(ModelsSheet.Measure(criteo, pool, peaks, time, terminal.Say)),
                    "scaling" => Show(ScalingSheet.Measure(criteo, pool, time, parse.GetValue(mostRows), terminal.Say)),
                    "serving" => Show(ServingSheet.Measure(criteo, pool, time, terminal.Say)),
                    "runtimes" => Show(RuntimesSheet.Measure(criteo, time, terminal.Say)),
                    "prepare" => Show(Prepare(ByteSize.Parse(parse.GetValue(prepareBytes)!, 0), common, parse)),
                    _ => ("bench", BenchTable.Markdown(Measure(terminal, pool, peaks, Peer.Find(folder, pool.ThreadCount), time, chosen, all, cancellation, out var results), results)),
                };
                if (parse.GetValue(docs) is { } path) MarkedFile.Replace(path, part, markdown);
            }

            return CommandHost.Success;

            (string Name, string Markdown) Show(Sheet sheet)
            {
                foreach (var line in BenchTable.Machine(peaks, null, pool.ThreadCount).SkipLast(1)) terminal.Write(line);
                sheet.Show(terminal);
                return (sheet.Name, string.Concat(BenchTable.Machine(peaks, null, pool.ThreadCount).SkipLast(1).Select(line => $"- {line}\n")) + "\n" + sheet.Markdown());
            }
        }, left: CommandHost.Measurements));
        return command;
    }

    /// <summary>Works in the folder asked for, or in a temporary one that it removes.</summary>
    private static Sheet Prepare(long bytes, CommonOptions common, ParseResult parse)
    {
        if (common.Out(parse) is { } place) return PreparationSheet.Measure(bytes, place);
        var temporary = Directory.CreateTempSubdirectory("autodim-bench-");
        try
        {
            return PreparationSheet.Measure(bytes, temporary.FullName);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<string> Measure(
        Terminal terminal, WorkerPool pool, MachinePeaks peaks, Peer? peer, double seconds, IReadOnlyDictionary<string, Workload> workloads, Job[] jobs, CancellationToken cancellation, out List<BenchResult> results)
    {
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

using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AutoDim.Cli.Benchmarks;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Serving;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Reliability;

/// <summary>Memory, handles and threads: as estimated, within the limit, and flat.</summary>
[Trait("Category", Support.Reliability.Category), Collection(nameof(Alone))]
public sealed class ResourceTests
{
    private static readonly List<string[]> Flat = [];

    /// <summary>Every stage of a run, in a process of its own, on tables that are most of what it takes.</summary>
    [Fact]
    public void Run_EveryStage_TakesNoMoreThanEstimatedAndAFifth()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a stage's peak is measured on Linux alone");
        using var folder = new TemporaryFolder();
        var (rows, users) = (Support.Reliability.Times(20_000, 400_000), Support.Reliability.Times(15_000, 300_000));
        WriteLog(folder.File("clicks.csv"), rows, users);
        File.WriteAllText(folder.File("schema.yaml"), "label: {column: click}\nsplit: {by: random, valid: 0.1, test: 0.1}\nfields: [{column: user}, {column: item}, {column: hour}]\n");
        Good("prepare", folder.File("clicks.csv"), "--schema", folder.File("schema.yaml"), "--out", folder.File("data"), "--quiet");
        string[] options = ["--model", "deepfm", "--hidden", "64,64", "--search-candidates", "2,8,32", "--tune-l2", "1e-5"];
        var estimates = JsonNode.Parse(Good(["estimate", folder.File("data"), .. options, "--json"]))!.AsArray();
        var result = JsonNode.Parse(Good(["run", folder.File("data"), .. options, "--epochs", "2", "--search-epochs", "2", "--out", folder.File("run"), "--json", "--quiet"]))!;
        (string Stage, double Taken)[] stages =
        [
            ("full", (double)result["full"]!["peakRss"]!), ("search", (double)result["searchPeakRss"]!), ("slim (at most)", (double)result["slim"]!["peakRss"]!), ("uniform (at most)", (double)result["uniform"]![0]!["peakRss"]!),
        ];
        List<string[]> told = [];
        foreach (var (stage, taken) in stages)
        {
            var estimate = (double)estimates.Single(item => (string)item!["stage"]! == stage)!["peakBytes"]!;
            told.Add([stage, Megabytes(estimate), Megabytes(taken), (taken / estimate).ToString("F2", CultureInfo.InvariantCulture)]);
            taken.ShouldBeLessThan(1.2 * estimate, stage);
        }

        Support.Reliability.Record("memory", Support.Reliability.Table(["stage", "estimated, MB", "taken, MB", "share"], told));
    }

    /// <summary>What a command is refused by, with too little memory, beside what it takes with none given; high cardinalities are what takes most.</summary>
    [Fact]
    public async Task Commands_OnLogsAndModels_TakeNoMoreThanEstimatedAndAFifth()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "a process's peak is read from /proc");
        using var folder = new TemporaryFolder();
        var (rows, users) = (Support.Reliability.Times(40_000, 1_000_000), Support.Reliability.Times(30_000, 750_000));
        WriteLog(folder.File("clicks.csv"), rows, users);
        WriteLog(folder.File("new.csv"), rows / 10, users);
        File.WriteAllText(folder.File("schema.yaml"), "label: {column: click}\nsplit: {by: random, valid: 0.1, test: 0.1}\nfields: [{column: user}, {column: item}, {column: hour}]\n");
        string[] prepare = ["prepare", folder.File("clicks.csv"), "--schema", folder.File("schema.yaml"), "--out", folder.File("data"), "--quiet"];
        List<(string Command, double Estimated, double Taken)> seen = [Both("prepare", prepare)];
        Good("train", folder.File("data"), "--model", "deepfm", "--dim", "16", "--hidden", "32", "--epochs", "1", "--table-l2", "0", "--out", folder.File("run"), "--quiet");
        seen.Add(Both("export, onnx", "export", folder.File("run"), "--format", "onnx", "--out", folder.File("onnx")));
        seen.Add(Both("export, npz", "export", folder.File("run"), "--format", "npz", "--out", folder.File("npz")));
        seen.Add(Both("update", "update", folder.File("run"), "--data", folder.File("new.csv"), "--out", folder.File("updated"), "--quiet"));
        seen.Add(("serve", Estimated("serve", folder.File("run")), await Served(folder.File("run"), users)));
        foreach (var (command, estimated, taken) in seen) taken.ShouldBeLessThan(1.2 * estimated, command);
        foreach (var (command, estimated, taken) in seen) taken.ShouldBeGreaterThan(0.3 * estimated, command); // an estimate that refuses what would go well is of no use
        Support.Reliability.Record("memory-commands", Support.Reliability.Table(["command", "estimated, MB", "taken, MB", "share"], seen.Select(row => (string[])[row.Command, Megabytes(row.Estimated), Megabytes(row.Taken), (row.Taken / row.Estimated).ToString("F2", CultureInfo.InvariantCulture)])));

        (string, double, double) Both(string name, params string[] arguments) => (name, Estimated(arguments), Peak(arguments));

        static double Estimated(params string[] arguments)
        {
            var refused = CommandLine.Run([.. arguments, "--memory", "1MB"]);
            refused.ExitCode.ShouldBe(2, refused.Errors);
            var size = Regex.Match(refused.Errors, @"would take about ([\d.]+ [kMG]?B) of memory, more than --memory 1MB; ").Groups[1].Value;
            return ByteSize.Parse(size, 0);
        }

        static double Peak(params string[] arguments)
        {
            using var process = CommandLine.Start(arguments);
            var errors = process.StandardError.ReadToEndAsync();
            _ = process.StandardOutput.ReadToEndAsync();
            var peak = 0.0;
            while (!process.WaitForExit(5)) peak = Math.Max(peak, PeakOf(process));
            process.ExitCode.ShouldBe(0, errors.Result);
            return peak;
        }
    }

    /// <summary>A server whose every row is asked for.</summary>
    private static async Task<double> Served(string run, int users)
    {
        using var client = new HttpClient();
        using var server = await ServerProcess.Of(CommandLine.Start("serve", run, "--port", "0", "--json", "--quiet"));
        for (var first = 0; first < users; first += 2000)
        {
            using var answer = await client.PostAsync(server.Url + "/score", new StringContent($"[{string.Join(',', Enumerable.Range(first, 2000).Select(i => $$"""{"user":"u{{i}}","item":"i{{i / 2}}","hour":1}"""))}]"), TestContext.Current.CancellationToken);
            answer.IsSuccessStatusCode.ShouldBeTrue();
        }

        return PeakOf(server.Process);
    }

    private static double PeakOf(Process process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line == null ? 0 : 1024 * double.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return 0; // it has ended
        }
    }

    /// <summary>A log that begins with few values and goes on with many is estimated wrongly, so that it is the limit itself that ends its preparation.</summary>
    [Fact]
    public void Prepare_ComesToTakeMoreThanAllowed_EndsWithOneLineAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        using (var writer = new StreamWriter(folder.File("clicks.csv")))
        {
            writer.Write("click,user,item\n");
            for (var i = 0; i < 900_000; i++) writer.Write(string.Create(CultureInfo.InvariantCulture, $"{i % 2},u{(i < 230_000 ? i % 50 : i)},i{(i < 230_000 ? i % 50 : i * 7L)}\n"));
        }

        File.WriteAllText(folder.File("schema.yaml"), "label: {column: click}\nfields: [{column: user}, {column: item}]\n");
        var outcome = CommandLine.Run("prepare", folder.File("clicks.csv"), "--schema", folder.File("schema.yaml"), "--out", folder.File("data"), "--memory", "130MB", "--quiet");
        outcome.ExitCode.ShouldBe(2, outcome.Errors);
        outcome.Errors.TrimEnd().ShouldMatch("^autodim: the memory of --memory 130 MB is used up: .*; set minCount or hash .*$");
        Directory.Exists(folder.File("data")).ShouldBeFalse();
    }

    /// <summary>The second of two trainings has no room: the first is kept, and the same command with more goes on after it.</summary>
    [Fact]
    public void Train_ComesToTakeMoreThanAllowed_KeepsWhatItHasAndGoesOnWithMore()
    {
        using var clicks = new PreparedClicks(rows: 300);
        using var folder = new TemporaryFolder();
        using var data = clicks.Open();
        using var pool = new WorkerPool(1);
        using var run = new RunFolder(folder.Path);
        var options = new TrainJobOptions { Model = "fm", Dim = 4, TuneL2 = [1e-4, 1e-3], Training = new() { Epochs = 2 } };
        var observer = new BudgetOnceAStageEnds();
        var message = Should.Throw<AutoDimException>(() => new TrainJob(data, options, run, pool, observer).Execute(TestContext.Current.CancellationToken)).Message;
        observer.Dispose();
        message.ShouldContain("more are asked for");
        message.ShouldEndWith("dimensions. What was done until the last checkpoint is kept");
        Directory.GetFiles(folder.File("stages")).Length.ShouldBe(1);
        var counter = new Counter();
        new TrainJob(data, options, run, pool, counter).Execute(TestContext.Current.CancellationToken);
        counter.Steps.ShouldBe(observer.StepsOfAStage);
    }

    private sealed class BudgetOnceAStageEnds : RunObserver, IDisposable
    {
        private MemoryBudget? budget;

        public int StepsOfAStage { get; private set; }

        public override void Step(TrainingProgress progress) => StepsOfAStage++;

        public override void Stage(string stage, string description)
        {
            if (StepsOfAStage > 0) budget = new MemoryBudget(1_000_000, "take fewer dimensions");
        }

        public void Dispose() => budget?.Dispose();
    }

    [Fact]
    public void Memory_LessThanEstimated_RefusedBeforeAnythingIsMade()
    {
        using var clicks = new PreparedClicks(rows: 300);
        using var folder = new TemporaryFolder();
        foreach (var command in (string[])["run", "train", "search"])
        {
            string[] arguments = [command, clicks.Folder, "--model", "fm", "--out", folder.File(command), "--quiet", .. command == "search" ? (string[])["--search-epochs", "1"] : ["--epochs", "1"], .. command == "run" ? (string[])["--search-epochs", "1", "--tune-l2", "1e-4"] : []];
            var refused = CommandLine.Run([.. arguments, "--memory", "20MB"]);
            refused.ExitCode.ShouldBe(2, refused.Errors);
            refused.Errors.ShouldContain("of memory, more than --memory 20MB; make it smaller with");
            Directory.Exists(folder.File(command)).ShouldBeFalse(command);
            var taken = CommandLine.Run([.. arguments, "--memory", "90%"]);
            taken.ExitCode.ShouldBe(0, taken.Errors);
        }

        CommandLine.Run("run", clicks.Folder, "--memory", "much").Errors.ShouldContain("--memory 'much' is not a size above 0");
    }

    [Fact]
    public void Steps_ManyThousand_TakeNothingThatTheyKeep()
    {
        using var bench = new Bench("deepfm", [3, 5, 2, 1], threads: 2);
        bench.Train(200);
        var before = Usage.Now();
        var steps = Support.Reliability.Times(1000, 10_000);
        bench.Train(steps);
        ShouldBeFlat($"{steps:N0} training steps", before, Usage.Now());
    }

    [Fact]
    public async Task Requests_ManyThousand_TakeNothingThatTheyKeep()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { Workers = 1, PollMs = 50 });
        byte[][] requests = [.. served.Rows.Select(row => LoadConnection.Request([row]))];
        using LoadConnection first = new(new Uri(served.Url)), second = new(new Uri(served.Url));
        var wanted = Support.Reliability.Times(3000, 1_000_000);
        await Ask(TimeSpan.FromSeconds(Support.Reliability.Times(1, 20)));
        var before = Usage.Now();
        var asked = 0L;
        while (asked < wanted) asked += await Ask(TimeSpan.FromSeconds(0.5));
        ShouldBeFlat($"{asked:N0} requests", before, Usage.Now());

        async Task<int> Ask(TimeSpan time)
        {
            first.Latencies.Clear();
            second.Latencies.Clear();
            await Task.WhenAll(first.Run(requests, 0, time, TestContext.Current.CancellationToken), second.Run(requests, 7, time, TestContext.Current.CancellationToken));
            return first.Latencies.Count + second.Latencies.Count;
        }
    }

    /// <summary>New versions, too, leave nothing behind of those before them.</summary>
    [Fact]
    public async Task Reloads_Many_TakeNothingThatTheyKeep()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { Workers = 1, PollMs = 0 });
        await Reload(10);
        var before = Usage.Now();
        var reloads = Support.Reliability.Times(20, 500);
        await Reload(reloads);
        ShouldBeFlat($"{reloads:N0} versions", before, Usage.Now());

        async Task Reload(int times)
        {
            for (var i = 0; i < times; i++)
            {
                served.Save((ulong)(i % 7) + 2);
                await served.Post("/admin/reload", "");
            }
        }
    }

    /// <summary>A managed heap breathes by some megabytes; a leak of a hundred bytes a request would be a hundred megabytes in a million.</summary>
    private static void ShouldBeFlat(string what, Usage before, Usage after)
    {
        (after.Held - before.Held).ShouldBeLessThanOrEqualTo(0, $"{what}: native buffers");
        (after.Managed - before.Managed).ShouldBeLessThan(2_000_000, $"{what}: managed memory");
        (after.Resident - before.Resident).ShouldBeLessThan(40_000_000, $"{what}: resident memory");
        (after.Handles - before.Handles).ShouldBeLessThan(10, $"{what}: handles");
        (after.Threads - before.Threads).ShouldBeLessThan(8, $"{what}: threads"); // the pool's come and go
        lock (Flat)
        {
            Flat.Add([what, Megabytes(before.Resident), Megabytes(after.Resident), $"{before.Handles} → {after.Handles}", $"{before.Threads} → {after.Threads}"]);
            if (Flat.Count == 3) Support.Reliability.Record("leaks", Support.Reliability.Table(["after", "resident MB before", "after", "handles", "threads"], Flat.OrderBy(row => row[0], StringComparer.Ordinal)));
        }
    }

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("F0", CultureInfo.InvariantCulture);

    private static void WriteLog(string path, int rows, int users)
    {
        using var writer = new StreamWriter(path);
        var random = new CounterRandom(4, 4);
        writer.Write("click,user,item,hour\n");
        for (var i = 0L; i < rows; i++) writer.Write(string.Create(CultureInfo.InvariantCulture, $"{random.Below(4 * i, 2)},u{random.Below((4 * i) + 1, users)},i{random.Below((4 * i) + 2, users / 2)},{i % 24}\n"));
    }

    private static string Good(params string[] arguments)
    {
        var outcome = CommandLine.Run(arguments);
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        return outcome.Output;
    }

    /// <summary>What this process takes, once what it no longer needs is collected.</summary>
    private sealed record Usage(long Resident, long Managed, long Held, int Handles, int Threads)
    {
        public static Usage Now()
        {
            for (var i = 0; i < 3; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }

            using var process = Process.GetCurrentProcess();
            var handles = Directory.Exists("/proc/self/fd") ? Directory.GetFiles("/proc/self/fd").Length : process.HandleCount;
            return new Usage(process.WorkingSet64, GC.GetTotalMemory(forceFullCollection: true), MemoryUse.Held, handles, process.Threads.Count);
        }
    }
}

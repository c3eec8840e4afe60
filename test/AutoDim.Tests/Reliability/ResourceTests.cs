using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Cli.Benchmarks;
using AutoDim.Numerics;
using AutoDim.Serving;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;

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

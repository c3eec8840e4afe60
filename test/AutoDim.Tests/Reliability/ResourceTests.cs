using System.Diagnostics;
using System.Globalization;
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
        await Reload(40); // until the pool's threads have the buffers that they keep
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

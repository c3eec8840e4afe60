using System.Text.Json;
using AutoDim.Cli.Benchmarks;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli.Benchmarks;

public sealed class WorkloadTests
{
    private static readonly Workload Small = new([50, 3, 3000], 16, [24, 16], 256, [2, 4, 16]);

    [Fact]
    public void Load_NoFile_EqualsTheSharedDefinitions()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "shared/bench/workloads.json"))) folder = folder.Parent;
        if (folder == null) Assert.Skip("there is no shared/bench/workloads.json beside this checkout");
        var shared = Workload.Load(Path.Combine(folder.FullName, "shared/bench"));
        var builtIn = Workload.Load(Path.Combine(folder.FullName, "no such folder"));
        builtIn.Keys.ShouldBe(shared.Keys, ignoreOrder: true);
        foreach (var (name, workload) in shared) JsonSerializer.Serialize(builtIn[name], WorkloadJson.Default.Workload).ShouldBe(JsonSerializer.Serialize(workload, WorkloadJson.Default.Workload));
    }

    [Fact]
    public void DenseMultiplications_OfHiddenLayers_CountsEveryWeight() => Small.DenseMultiplications.ShouldBe((48 * 24) + (24 * 16) + 16);

    /// <summary>Of 3 fields in 16 dimensions: weights once a sample, AutoInt's maps once a field, xDeepFM's once a coordinate, AFM's network once a pair.</summary>
    [Theory]
    [InlineData("dnn", (48 * 24) + (24 * 16) + 16 + 24 + 16 + 1)]
    [InlineData("fm", 1 + (3 * 16))]
    [InlineData("afm", 1 + 16 + (3 * ((16 * 64) + 64 + 64)) + (2 * 3 * 16))]
    [InlineData("autoint", (3 * 4 * 16 * 64) + (2 * 3 * 4 * 64 * 64) + (2 * 3 * 9 * 64) + (3 * 64) + 1)]
    [InlineData("xdeepfm", 1 + ((48 * 24) + (24 * 16) + 16 + 24 + 16 + 1) + (16 * ((9 * 64) + (3 * 64 * 64))) + 64 + 64)]
    public void Multiplications_OfASample_CountsEachWeightAsOftenAsItIsMet(string name, long expected)
    {
        using var pool = new WorkerPool(1);
        using var benchmark = new EngineBenchmark(Small, Job.DeepFMSparse, pool, model: name);
        ModelsSheet.Multiplications(benchmark.Model, Small).ShouldBe(expected);
    }

    [Fact]
    public void Step_AnyJob_AllocatesNothing()
    {
        using var pool = new WorkerPool(1);
        foreach (var job in Job.All)
        {
            using var benchmark = new EngineBenchmark(Small, job, pool);
            benchmark.Run(0.02).SamplesPerSecond.ShouldBeGreaterThan(0);
            Allocations.ShouldBeNone(benchmark.Step, job.Name);
        }
    }

    [Fact]
    public void Markdown_OfAResult_HasFactsAndARow()
    {
        var result = new BenchResult("w", "autodim", 1234, 100, 12.34, 0.5, 400, 3.3, 6, 0, 1.6);
        var text = BenchTable.Markdown(["two threads"], [result]);
        text.ShouldStartWith("- two threads\n\n| workload |");
        text.ShouldEndWith("| w | autodim | 1,234 | 3.30 | 100 | 12.3× | 50 % | 1.60 | 0 |\n");
    }
}

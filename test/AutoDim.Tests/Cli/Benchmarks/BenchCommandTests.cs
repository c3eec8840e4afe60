using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli.Benchmarks;

public sealed class BenchCommandTests
{
    /// <summary>What was measured is told as it comes, and a stop does not say otherwise.</summary>
    [Fact]
    public void Bench_Stopped_SaysThatWhatWasMeasuredStands()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill -INT");
        using var bench = CommandLine.Start("bench", "--peers", "none", "--workloads", "frappe-like", "--seconds", "0.05", "--threads", "1", "--json");
        bench.StandardOutput.ReadLine()!.ShouldContain("\"samplesPerSecond\":");
        Tool.Run("kill", "-INT", $"{bench.Id}").Code.ShouldBe(0);
        bench.StandardError.ReadToEnd().ShouldEndWith("autodim: stopped before it was through; what was measured until then stands above\n");
        bench.WaitForExit();
        bench.ExitCode.ShouldBe(130);
    }
}

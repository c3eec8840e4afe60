using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Exporters.Json;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AutoDim.Bench;

/// <summary>
/// Measurements that need libraries the product does not: kernels by BenchmarkDotNet, into bench/results/, and ML.NET beside this engine.
/// <code>
///   dotnet run -c Release --project bench/AutoDim.Bench -- kernels
///   dotnet run -c Release --project bench/AutoDim.Bench -- mlnet PREPARED_DATA [EPOCHS] [DIMENSION]
/// </code>
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["kernels", .. var filters]:
                BenchmarkSwitcher.FromTypes([typeof(KernelBenchmarks)]).Run(filters.Length == 0 ? ["--filter", "*"] : filters, Configuration());
                return 0;
            case ["mlnet", var data, .. var numbers] when numbers.Length <= 2 && numbers.All(text => int.TryParse(text, out var number) && number > 0):
                MlNetPeer.Compare(data, numbers is [var epochs, ..] ? int.Parse(epochs) : 5, numbers is [_, var dim] ? int.Parse(dim) : 8);
                return 0;
            default:
                Console.Error.WriteLine("usage: kernels [FILTER ...] | mlnet PREPARED_DATA [EPOCHS] [DIMENSION]");
                return 2;
        }
    }

    /// <summary>In this process, as the kernels' memory is not the garbage collector's; results as JSON and Markdown, in a folder for each processor.</summary>
    private static ManualConfig Configuration() => ManualConfig.Create(DefaultConfig.Instance)
        .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
        .AddExporter(JsonExporter.Brief)
        .WithArtifactsPath(Path.Combine("bench", "results", Processor()));

    private static string Processor()
    {
        var name = HostEnvironmentInfo.GetCurrent().Cpu.Value?.ProcessorName ?? "unknown";
        return string.Join('-', new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')]).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}

using System.Text.Json.Serialization;

namespace AutoDim.Cli.Benchmarks;

/// <summary>One workload and job, as a line of JSON.</summary>
/// <param name="PeerSamplesPerSecond">Null without a peer.</param>
/// <param name="Ratio">Ours over the peer's.</param>
/// <param name="ShareOfGemmPeak">Arithmetic of the hidden layers alone over <paramref name="GemmPeakGflops"/>.</param>
/// <param name="CpuMilliseconds">Of all threads, a step: steadier than the clock on a machine that others use too.</param>
/// <param name="AllocatedPerStep">Managed bytes a step.</param>
/// <param name="SearchOverPlain">For a search: its step over the plain lazy step; else null.</param>
/// <param name="PeerGemmGflops">What the peer's matrix product reaches; null without a peer. Far below <paramref name="GemmPeakGflops"/> it stands on an unoptimised BLAS, and ratios say nothing.</param>
internal sealed record BenchResult(
    string Workload,
    string Job,
    double SamplesPerSecond,
    double? PeerSamplesPerSecond,
    double? Ratio,
    double ShareOfGemmPeak,
    double GemmPeakGflops,
    double StepMilliseconds,
    double CpuMilliseconds,
    long AllocatedPerStep,
    double? SearchOverPlain,
    double? PeerGemmGflops = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BenchResult))]
internal sealed partial class BenchJson : JsonSerializerContext;

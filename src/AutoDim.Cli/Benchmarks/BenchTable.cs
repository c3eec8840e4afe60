using System.Globalization;
using System.Runtime.InteropServices;
using AutoDim.Cli.Display;
using AutoDim.Numerics;
using Spectre.Console;

namespace AutoDim.Cli.Benchmarks;

/// <summary>Results for people: a table on the terminal, the same in Markdown.</summary>
internal static class BenchTable
{
    private static readonly string[] Headings = ["workload", "job", "samples/s", "ms a step", "PyTorch samples/s", "ratio", "share of GEMM peak", "search ÷ plain", "bytes allocated a step"];

    /// <summary>What was measured on, one fact a line.</summary>
    public static IReadOnlyList<string> Machine(MachinePeaks peaks, Peer? peer, int threads)
    {
        List<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"{threads} threads, {InstructionSets.Current}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSArchitecture}"),
            string.Create(CultureInfo.InvariantCulture, $"peak: {peaks.FmaGflops:F0} GFLOP/s multiply-add from registers, {peaks.GemmGflops:F0} GFLOP/s our matrix product; memory {peaks.ReadGigabytes:F1} GB/s streamed, {peaks.GatherGigabytes:F1} GB/s random 64-byte rows"),
        ];
        if (peer == null) lines.Add("no PyTorch found: no ratios");
        else
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"peer: PyTorch {peer.Version} ({peer.Python}), its matrix product {peer.GemmGflops:F0} GFLOP/s"));
            if (peer.GemmGflops < peaks.GemmGflops / 20) lines.Add("this PyTorch stands on an unoptimised BLAS: its ratios say nothing; install OpenBLAS (Debian: libopenblas0-pthread)");
        }

        return lines;
    }

    public static void Show(Terminal terminal, IReadOnlyList<string> machine, IReadOnlyList<BenchResult> results)
    {
        var table = Tables.New(Headings);
        table.Columns[1].Alignment = Justify.Left;
        foreach (var result in results) table.AddRow([.. Cells(result).Select(Markup.Escape)]);
        foreach (var line in machine) terminal.Write(line);
        terminal.Write(table);
    }

    public static string Markdown(IReadOnlyList<string> machine, IReadOnlyList<BenchResult> results)
    {
        IEnumerable<string> rows = [.. machine.Select(line => $"- {line}"), "", Row(Headings), Row(Headings.Select(_ => "---")), .. results.Select(result => Row(Cells(result)))];
        return string.Concat(rows.Select(row => row + "\n"));
    }

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    private static string[] Cells(BenchResult result) =>
    [
        result.Workload,
        result.Job,
        Number(result.SamplesPerSecond, "N0"),
        Number(result.StepMilliseconds, "F2"),
        Number(result.PeerSamplesPerSecond, "N0"),
        result.Ratio is { } ratio ? Number(ratio, "F1") + "×" : "",
        Number(result.ShareOfGemmPeak, "P0"),
        Number(result.SearchOverPlain, "F2"),
        Number(result.AllocatedPerStep, "N0"),
    ];

    private static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}

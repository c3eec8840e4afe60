using System.Globalization;
using System.Runtime.InteropServices;
using AutoDim.Data;
using AutoDim.Numerics;
using Spectre.Console;

namespace AutoDim.Cli.Benchmarks;

/// <summary>Results for people: a table on the terminal, the same in Markdown.</summary>
internal static class BenchTable
{
    public const string Begin = "<!-- bench: begin; this part is written by ./autodim bench --docs -->";
    public const string End = "<!-- bench: end -->";

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

    public static void Show(IAnsiConsole console, IReadOnlyList<string> machine, IReadOnlyList<BenchResult> results)
    {
        var table = new Table().Border(TableBorder.Rounded);
        foreach (var heading in Headings) table.AddColumn(heading);
        foreach (var result in results) table.AddRow([.. Cells(result).Select(Markup.Escape)]);
        foreach (var line in machine) console.WriteLine(line);
        console.Write(table);
    }

    /// <summary>Replaces what stands between the markers of a file; appends both where it has none.</summary>
    public static void WriteDocs(string path, IReadOnlyList<string> machine, IReadOnlyList<BenchResult> results)
    {
        var text = File.Exists(path) ? File.ReadAllText(path) : "";
        var part = $"{Begin}\n{Markdown(machine, results)}{End}";
        int first = text.IndexOf(Begin, StringComparison.Ordinal), last = text.IndexOf(End, StringComparison.Ordinal);
        if (first < 0 != last < 0 || last < first) throw new AutoDimException($"{path}: '{Begin}' and '{End}' must both stand there, in this order, or neither");
        text = first < 0 ? $"{text}{(text.Length > 0 ? "\n" : "")}{part}\n" : text[..first] + part + text[(last + End.Length)..];
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    private static string Markdown(IReadOnlyList<string> machine, IReadOnlyList<BenchResult> results)
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

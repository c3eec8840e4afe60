using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AutoDim.Cli.Benchmarks;

/// <summary>The same steps written in PyTorch, run by whichever Python here has it.</summary>
/// <param name="Python">The interpreter.</param>
/// <param name="Script">torch_ctr.py.</param>
/// <param name="Version">PyTorch's.</param>
/// <param name="GemmGflops">What its matrix product reaches: a build on an unoptimised BLAS makes every ratio meaningless.</param>
internal sealed record Peer(string Python, string Script, string Version, double GemmGflops)
{
    /// <summary>Prints version and GFLOP/s of the workloads' first layer.</summary>
    private const string Probe =
        """
        import sys, time, torch
        torch.set_num_threads(int(sys.argv[1]))
        a, b = torch.rand(4096, 624), torch.rand(624, 400)
        best = 0
        for _ in range(9):
            t = time.perf_counter(); a @ b; best = max(best, 2e-9 * 4096 * 624 * 400 / (time.perf_counter() - t))
        print(torch.__version__, best)
        """;

    /// <summary>The peer of this folder, or null where there is no script or no Python with PyTorch.</summary>
    public static Peer? Find(string folder, int threads)
    {
        var script = Path.Combine(folder, "torch_ctr.py");
        if (!File.Exists(script)) return null;
        foreach (var python in (ReadOnlySpan<string>)["python3", "/usr/bin/python3", "python"])
        {
            if (Run(python, ["-c", Probe, Text(threads)])?.Split(' ') is [var version, var gflops])
            {
                return new Peer(python, script, version, double.Parse(gflops, CultureInfo.InvariantCulture));
            }
        }

        return null;
    }

    /// <summary>Its samples a second over about so many seconds; null where it fails on the job (such as for lack of memory).</summary>
    public double? SamplesPerSecond(string workload, Job job, int threads, double seconds)
    {
        var line = Run(Python, [Script, "--workload", workload, "--job", job.Name, "--threads", Text(threads), "--seconds", Text(seconds)]);
        if (line == null) return null;
        using var result = JsonDocument.Parse(line);
        return result.RootElement.GetProperty("samples_per_s").GetDouble();
    }

    private static string Text<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>The last line a program prints; null where it does not start or fails.</summary>
    private static string? Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.TrimEnd().Split('\n')[^1] : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no such program
        }
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;

namespace AutoDim.Cli.Benchmarks;

/// <summary>autodim serve in a process of its own, on a free port of this machine.</summary>
internal sealed class ServeProcess : IDisposable
{
    private readonly Process process;

    /// <param name="options">Further arguments.</param>
    public ServeProcess(string folder, IEnumerable<string> options)
    {
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "AutoDim.Cli.dll")] : [];
        var start = new ProcessStartInfo(program, [.. self, "serve", folder, "--port", "0", "--json", "--quiet", .. options]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var clock = Stopwatch.StartNew();
        process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string? line;
        do line = process.StandardOutput.ReadLine();
        while (line != null && !line.StartsWith('{')); // what is logged comes first
        StartMilliseconds = clock.Elapsed.TotalMilliseconds;
        if (line == null) throw new AutoDimException($"the server of '{folder}' did not start: {errors.Result.Trim()}");
        _ = process.StandardOutput.ReadToEndAsync(); // so that it never waits for a reader
        Address = new Uri((string)JsonNode.Parse(line)!["url"]!);
    }

    public Uri Address { get; }

    /// <summary>From starting the process to its telling that it listens.</summary>
    public double StartMilliseconds { get; }

    /// <summary>Resident bytes now, mapped pages included.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}

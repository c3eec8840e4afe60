using System.Diagnostics;
using System.Text.Json.Nodes;

namespace AutoDim.Tests.Support;

/// <summary>autodim serve in a process of its own, which has told that it listens; ended with this.</summary>
internal sealed class ServerProcess : IDisposable
{
    private ServerProcess(Process process, JsonNode told) => (Process, Told) = (process, told);

    public Process Process { get; }

    /// <summary>The line of JSON that it told.</summary>
    public JsonNode Told { get; }

    public string Url => (string)Told["url"]!;

    /// <param name="process">Started with --json.</param>
    public static async Task<ServerProcess> Of(Process process)
    {
        var line = "";
        while (!line.StartsWith('{')) line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        return new ServerProcess(process, JsonNode.Parse(line)!);
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill();
        Process.Dispose();
    }
}

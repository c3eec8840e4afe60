using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Cli;

/// <summary>serve and bench-serve as a user runs them.</summary>
public sealed partial class ServeTests
{
    [Fact]
    public async Task Serve_InAProcess_AnswersAndEndsOnASignal()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent as on Unix");
        await using var served = await ServedClicks.Start();
        using var server = await ServerProcess.Of(CommandLine.Start("serve", served.Folder, "--port", "0", "--json", "--quiet", "--max-rows", "2"));
        var (url, process) = (server.Url, server.Process);
        url.ShouldStartWith("http://127.0.0.1:");
        using var client = new HttpClient();
        using var answer = await client.PostAsync(url + "/score", new StringContent(served.Rows[0]), TestContext.Current.CancellationToken);
        ((double)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["probability"]!).ShouldBe(served.Expected[0]);
        using var many = await client.PostAsync(url + "/score", new StringContent("[{},{},{}]"), TestContext.Current.CancellationToken);
        ((int)many.StatusCode).ShouldBe(413);
        Kill(process.Id, 15).ShouldBe(0);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Serve_SomethingWrong_ToldInOneLine()
    {
        await using var served = await ServedClicks.Start();
        var taken = new Uri(served.Url).Port.ToString();
        foreach (var (arguments, expected) in ((string[], string)[])
        [
            (["serve", Path.GetTempPath()], "holds no model"),
            (["serve", served.Folder, "--port", taken], $"cannot listen on 127.0.0.1, port {taken}"),
            (["serve", served.Folder, "--port", "70000"], "--port is 70000"),
            (["serve", served.Folder, "--host", "here"], "--host is 'here'"),
            (["serve", served.Folder, "--max-batch", "0"], "max-batch"),
            (["serve", served.Folder, "--certificate", "nowhere.pfx"], "cannot use the certificate 'nowhere.pfx'"),
            (["bench-serve", served.Folder, "--connections", "0"], "--connections is 0"),
        ])
        {
            var outcome = CommandLine.Run(arguments);
            outcome.ExitCode.ShouldBe(2, outcome.Errors);
            outcome.Errors.ShouldContain(expected);
        }
    }

    [Fact]
    public async Task BenchServe_AModel_ALineForEachBatch()
    {
        await using var served = await ServedClicks.Start(model: "din");
        var outcome = CommandLine.Run("bench-serve", served.Folder, "--rows", served.Log, "--seconds", "0.3", "--connections", "2", "--batches", "1,3", "--json", "--quiet");
        outcome.ExitCode.ShouldBe(0, outcome.Errors);
        var lines = outcome.Output.Trim().Split('\n').Select(line => JsonNode.Parse(line)!).ToArray();
        lines.Select(line => (int)line["rows a request"]!).ShouldBe([1, 3]);
        foreach (var line in lines)
        {
            foreach (var figure in (string[])["requests/s", "rows/s", "p50 ms", "p99 ms", "p99.9 ms", "resident MB", "start ms"]) ((double)line[figure]!).ShouldBeGreaterThan(0, figure);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

using System.Runtime.InteropServices;
using System.Text;
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

    /// <summary>The caller's trace goes on: its request's span, and within that the one that tells of rows and version.</summary>
    [Fact]
    public async Task Serve_Otlp_SpansOfTheCallersTraceAndMetricsAreSent()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent as on Unix");
        await using var collector = await OtlpReceiver.Start();
        await using var served = await ServedClicks.Start();
        using var server = await ServerProcess.Of(CommandLine.Start("serve", served.Folder, "--port", "0", "--json", "--quiet", "--otlp", collector.Url));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Url + "/score") { Content = new StringContent(served.Rows[0]) };
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var version = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["model"]!;
        Kill(server.Process.Id, 15).ShouldBe(0);
        await server.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        collector.Received.ShouldAllBe(item => item.ContentType == "application/x-protobuf");
        var spans = Of("/v1/traces");
        foreach (var text in (string[])["service.name", "autodim", "AutoDim.Serving", "score", "autodim.rows", "autodim.model.version", version, "http.request.method", "/score"]) spans.ShouldContain(text);
        spans.Split(Latin1("0af7651916cd43dd8448eb211c80319c")).Length.ShouldBe(1 + 2, "both spans are of the caller's trace");
        spans.ShouldContain(Latin1("b7ad6b7169203331"), Case.Sensitive, "the caller's span is the parent of the request's");
        var metrics = Of("/v1/metrics");
        foreach (var text in (string[])["autodim.request.duration", "autodim.rows", "autodim.batches"]) metrics.ShouldContain(text);

        string Of(string path) => string.Concat(collector.Received.Where(item => item.Path == path).Select(item => Encoding.Latin1.GetString(item.Body)));
        static string Latin1(string hexadecimal) => Encoding.Latin1.GetString(Convert.FromHexString(hexadecimal));
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
            (["serve", served.Folder, "--otlp", "collector:4318"], "--otlp is 'collector:4318', expected a URL such as http://localhost:4318"),
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

using System.Net.Http.Json;
using System.Runtime.Intrinsics;
using System.Text.Json.Nodes;
using AutoDim.Numerics;
using AutoDim.Tests.Serving;
using AutoDim.Tests.Support;
using Grpc.Reflection.V1;

namespace AutoDim.Tests.Native;

/// <summary>The natively compiled command does what the command does.</summary>
[Trait("Category", "Slow")]
public sealed class NativeCommandTests(NativeCommand command) : IClassFixture<NativeCommand>, IDisposable
{
    /// <summary>What both have: natively compiled code is for AVX2.</summary>
    private static readonly Dictionary<string, string> SameKernels = Vector256.IsHardwareAccelerated ? new() { [InstructionSets.Variable] = nameof(InstructionSet.Vector256) } : [];

    private readonly TemporaryFolder folder = new();
    private readonly PreparedClicks clicks = new(rows: 600);

    [Fact]
    public void Help_OfEveryCommand_AsTheManagedOnes()
    {
        var managed = CommandLine.Run("--help").Output;
        Good("--help").ShouldBe(managed);
        var names = managed[managed.IndexOf("Commands:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(line => line.Length > 3).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]);
        foreach (var name in names.Where(name => name is "run" or "prepare" or "serve" or "search")) Good(name, "--help").ShouldBe(CommandLine.Run(name, "--help").Output);
        names.Count().ShouldBeGreaterThan(20);
    }

    [Fact]
    public void PrepareRunAndExport_ALog_AsTheManagedCommandDoes()
    {
        string[] prepare = ["prepare", clicks.Csv, "--schema", clicks.Schema, "--json"], run = ["run", clicks.Folder, "--model", "deepfm", "--hidden", "8", "--epochs", "2", "--search-epochs", "2", "--search-candidates", "1,4", "--table-l2", "1e-4", "--json", "--quiet"];
        var (data, result) = (Good([.. prepare, "--out", folder.File("data")]), Good([.. run, "--out", folder.File("native")]));
        JsonNode.Parse(data)!["fingerprint"]!.GetValue<string>().ShouldBe(JsonNode.Parse(CommandLine.Run([.. prepare, "--out", folder.File("managed-data")]).Output)!["fingerprint"]!.GetValue<string>());
        var managed = Tool.Run("dotnet", SameKernels, [Path.Combine(AppContext.BaseDirectory, "AutoDim.Cli.dll"), .. run, "--out", folder.File("managed")]);
        RunRecords.Timeless(result).ShouldBe(RunRecords.Timeless(managed.Output));
        foreach (var format in (string[])["onnx", "npz", "safetensors"]) Good("export", folder.File("native"), "--format", format, "--out", folder.File(format)).ShouldContain("golden rows scored anew");
        Good("predict", folder.File("native"), clicks.Later, "--out", folder.File("predictions"));
        Good("report", folder.File("native"), folder.File("managed")).ShouldContain("slim AUC");
    }

    [Fact]
    public async Task Serve_AModel_AnswersAsPredicted()
    {
        await using var served = await ServedClicks.Start();
        using var server = await ServerProcess.Of(Tool.Start(command.Program, SameKernels, "serve", served.Folder, "--port", "0", "--grpc-port", "0", "--json", "--quiet"));
        using var client = new HttpClient();
        using var answer = await client.PostAsync(server.Url + "/score", new StringContent($"[{string.Join(',', served.Rows)}]"), TestContext.Current.CancellationToken);
        var scored = await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken);
        scored!["probabilities"]!.AsArray().Select(number => (double)number!).ShouldBe(served.Expected, 1e-6); // of AVX-512 where the tests have it
        foreach (var path in (string[])["/", "/model", "/metrics", "/openapi.json", "/ready"]) (await client.GetStringAsync(server.Url + path, TestContext.Current.CancellationToken)).ShouldNotBeEmpty();
        using var wrong = await client.PostAsync(server.Url + "/score", new StringContent("""{"price": "cheap"}"""), TestContext.Current.CancellationToken);
        (await wrong.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("send a number");
        using var calls = new ScoringClient((string)server.Told["grpc"]!);
        (await calls.Score([.. served.Rows.Select(ScoringClient.RowOf)])).Probabilities.ShouldBe(scored["probabilities"]!.AsArray().Select(number => (double)number!));
        (await calls.Reflect(new ServerReflectionRequest { FileContainingSymbol = "autodim.v1.ScoringService" })).FileDescriptorResponse.FileDescriptorProto.Count.ShouldBe(1);
        var measured = JsonNode.Parse(Good("bench-serve", served.Folder, "--seconds", "0.2", "--batches", "1", "--json", "--quiet"))!;
        ((double)measured["start ms"]!).ShouldBeGreaterThan(0);
    }

    public void Dispose()
    {
        folder.Dispose();
        clicks.Dispose();
    }

    private string Good(params string[] arguments)
    {
        var (code, output) = Tool.Run(command.Program, SameKernels, arguments);
        code.ShouldBe(0, output);
        return output;
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Serving;
using AutoDim.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace AutoDim.Tests.Serving;

/// <summary>A small model behind a real web server on a free port of this machine.</summary>
internal sealed class ServedClicks : IAsyncDisposable
{
    private readonly PreparedClicks clicks = new(rows: 300);
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly int[] hidden;
    private WebApplication? application;

    private ServedClicks(string model, int[]? hidden) => (this.model, this.hidden) = (model, hidden ?? [8, 4]);

    public HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>The model's folder.</summary>
    public string Folder => folder.Path;

    /// <summary>The raw file of <see cref="Rows"/>.</summary>
    public string Log => clicks.Later;

    public string Url => application!.Urls.First();

    /// <summary>Where it was started with gRPC.</summary>
    public string GrpcUrl => application!.Urls.Last();

    /// <summary>The rows of <see cref="PreparedClicks.Later"/> as JSON.</summary>
    public IReadOnlyList<string> Rows { get; private set; } = [];

    /// <summary>What predict makes of those rows.</summary>
    public double[] Expected { get; private set; } = [];

    /// <summary>The servers of the tests log what is theirs, hundreds of times; whoever reads the tests' output does not want it.</summary>
    [ModuleInitializer]
    internal static void Silence() => Environment.SetEnvironmentVariable("Logging__LogLevel__AutoDim.Serving", "None");

    /// <param name="hidden">Units of the model's dense layers: many of them make it slow.</param>
    public static async Task<ServedClicks> Start(ServingOptions? options = null, string model = "deepfm", bool grpc = false, int[]? hidden = null)
    {
        var served = new ServedClicks(model, hidden);
        served.Rows = served.ReadRows();
        (_, served.Expected) = served.Save(1);
        await served.Restart(options, grpc);
        return served;
    }

    public async Task Restart(ServingOptions? options = null, bool grpc = false)
    {
        if (application != null) await application.DisposeAsync();
        application = ScoringServer.Build(folder.Path, options ?? new ServingOptions(), IPAddress.Loopback, 0, grpcPort: grpc ? 0 : null);
        await application.StartAsync();
    }

    /// <summary>Saves a model with weights of its own in the folder; its version, and what predict makes of the rows.</summary>
    public (string Version, double[] Expected) Save(ulong seed)
    {
        int[] dims = [1, 5, 2, 3];
        using var pool = new WorkerPool(1);
        using var data = clicks.Open();
        var options = Bench.SmallModel with { Hidden = hidden, InitialDeviation = 0.5 };
        var entry = Bench.Find(model);
        using var trained = entry.Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Of(data.Fields, dims), options, seed, pool));
        Bench.Shake(trained);
        using var saved = entry.Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Of(data.Fields, dims), options, seed, pool, packed: true));
        Packing.Pack(trained, saved);
        TrainedModel.Save(folder.Path, saved, new ModelManifest { Model = entry.Name, Forms = Bench.FormsOf(model, dims.Length), Options = options, Fields = data.Fields, Dims = dims, Data = data.Fingerprint, Training = new TrainingRecord { Seed = seed } }, RawMap.Of(data));
        using var loaded = TrainedModel.Load(folder.Path, pool);
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        return (AutoDim.Serving.Scoring.ServedModel.VersionOf(loaded.Manifest), [.. loaded.ScoreFile(clicks.Later, bad, 4096).SelectMany(part => part.Logits).Select(logit => 1 / (1 + Math.Exp(-logit)))]);
    }

    public async Task<JsonNode> Post(string path, string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var answer = await Send(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(status, text);
        answer.Content.Headers.ContentType.ShouldBe(MediaTypeHeaderValue.Parse(status == HttpStatusCode.OK ? "application/json" : "application/problem+json"));
        return JsonNode.Parse(text)!;
    }

    public Task<HttpResponseMessage> Send(string path, string body) => Client.PostAsync(Url + path, new StringContent(body, Encoding.UTF8, "application/json"));

    public Task<string> Get(string path) => Client.GetStringAsync(Url + path);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (application != null) await application.DisposeAsync();
        folder.Dispose();
        clicks.Dispose();
    }

    private string[] ReadRows()
    {
        var lines = File.ReadAllLines(clicks.Later);
        var names = lines[0].Split(',');
        return [.. lines.Skip(1).Select(line => new JsonObject(names.Zip(line.Split(',')).Where(cell => cell.First != "click" && (cell.First != "past" || model is "din" or "youtubednn"))
            .Select(cell => KeyValuePair.Create<string, JsonNode?>(cell.First, cell.Second))).ToJsonString())];
    }
}

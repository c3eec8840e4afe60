using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AutoDim.Serving;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Serving;

public sealed class ServerTests
{
    [Fact]
    public async Task Key_AskedFor_OnlyLivenessPageAndReadinessGoWithout()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { ApiKey = "secret" });
        foreach (var path in (string[])["/health", "/ready", "/"]) (await Status(path)).ShouldBe(HttpStatusCode.OK);
        foreach (var path in (string[])["/model", "/metrics", "/openapi.json"]) (await Status(path)).ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var path in (string[])["/score", "/rank", "/explain", "/admin/reload", "/admin/rollback"]) await served.Post(path, served.Rows[0], HttpStatusCode.Unauthorized);
        served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "Secret");
        await served.Post("/score", served.Rows[0], HttpStatusCode.Unauthorized);
        served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        await served.Post("/score", served.Rows[0]);
        await served.Post("/admin/reload", "");
        served.Client.DefaultRequestHeaders.Authorization = null;
        served.Client.DefaultRequestHeaders.Add("X-Api-Key", "secret");
        await served.Post("/score", served.Rows[0]);
        (await Status("/metrics")).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> Status(string path) => (await served.Client.GetAsync(served.Url + path)).StatusCode;
    }

    [Fact]
    public async Task Administration_FromAPageOfAnotherOrigin_Refused()
    {
        await using var served = await ServedClicks.Start();
        served.Client.DefaultRequestHeaders.Add("Origin", "http://elsewhere.example");
        await served.Post("/admin/reload", "", HttpStatusCode.Forbidden);
        served.Client.DefaultRequestHeaders.Remove("Origin");
        served.Client.DefaultRequestHeaders.Add("Origin", served.Url);
        await served.Post("/admin/reload", "");
    }

    [Fact]
    public async Task Model_Asked_TellsFieldsAndBytes()
    {
        await using var served = await ServedClicks.Start();
        var model = JsonNode.Parse(await served.Get("/model"))!;
        ((string)model["model"]!).ShouldBe("deepfm");
        var fields = model["fields"]!.AsArray();
        fields.Select(field => (string)field!["name"]!).ShouldBe(["user", "item", "tags", "price"]);
        fields.Select(field => (int)field!["dimension"]!).ShouldBe([1, 5, 2, 3]);
        fields.Select(field => (string)field!["kind"]!).ShouldBe(["categorical", "categorical", "multi", "numeric"]);
        ((long)model["bytes"]!).ShouldBe(fields.Sum(field => (long)field!["bytes"]!));
        ((long)model["bytes"]!).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task OpenApi_Asked_NamesEveryEndpointAndField()
    {
        await using var served = await ServedClicks.Start();
        var document = JsonNode.Parse(await served.Get("/openapi.json"))!;
        document["paths"]!.AsObject().Select(path => path.Key).ShouldBe(["/score", "/rank", "/explain", "/model", "/health", "/ready", "/metrics", "/admin/reload", "/admin/rollback"]);
        document["components"]!["schemas"]!["Row"]!["properties"]!.AsObject().Select(field => field.Key).ShouldBe(["user", "item", "tags", "price"]);
    }

    [Fact]
    public async Task Metrics_AfterRequests_CountThem()
    {
        await using var served = await ServedClicks.Start();
        await served.Post("/score", $"[{string.Join(',', served.Rows.Take(5))}]");
        await served.Post("/score", "{", HttpStatusCode.BadRequest);
        var metrics = await served.Get("/metrics");
        foreach (var line in (string[])
        [
            "autodim_requests_total{path=\"/score\",status=\"200\"} 1", "autodim_requests_total{path=\"/score\",status=\"400\"} 1", "autodim_rows_total 5", "autodim_batches_total 1", "autodim_batch_rows_total 5",
            "autodim_request_duration_seconds_count{path=\"/score\"} 2", "autodim_request_duration_seconds_bucket{path=\"/score\",le=\"+Inf\"} 2", "autodim_queue_rows 0", "autodim_model_info{model=\"deepfm\",version=\"",
        ]) metrics.ShouldContain(line);
    }

    [Fact]
    public async Task Page_Asked_IsOfOnePiece()
    {
        await using var served = await ServedClicks.Start();
        var page = await served.Get("/");
        page.ShouldContain("<title>AutoDim");
        page.ShouldNotContain("http://");
        page.ShouldNotContain("https://");
    }

    [Fact]
    public async Task Start_WithACertificate_SpeaksTls()
    {
        await using var served = await ServedClicks.Start();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddYears(-1));
        await using var application = ScoringServer.Build(served.Folder, new ServingOptions(), IPAddress.Loopback, 0, certificate, grpcPort: 0);
        await application.StartAsync(TestContext.Current.CancellationToken);
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint };
        using var client = new HttpClient(handler);
        application.Urls.First().ShouldStartWith("https://");
        (await client.GetStringAsync(application.Urls.First() + "/health", TestContext.Current.CancellationToken)).ShouldContain("alive");
        using var calls = new ScoringClient(application.Urls.Last(), handler: handler);
        (await calls.Score([ScoringClient.RowOf(served.Rows[0])])).Probabilities.ShouldBe([served.Expected[0]]);
    }

    [Fact]
    public void Check_LimitOutOfRange_ToldByName()
        => Should.Throw<AutoDimException>(() => new ServingOptions { MaxBatch = 0 }.Check()).Message.ShouldContain("max-batch");
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Serving;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Serving;

public sealed class ScoreTests
{
    [Theory]
    [InlineData("deepfm")]
    [InlineData("din")]
    [InlineData("deepfm, blocks")]
    [InlineData("deepfm, fewer centroids for rare values")]
    public async Task Score_RowsSinglyTogetherAndFromManyAtOnce_ExactlyAsPredicted(string model)
    {
        await using var served = await ServedClicks.Start(new ServingOptions { Workers = 2, MaxBatch = 7 }, model);
        var together = await served.Post("/score", $"[{string.Join(',', served.Rows)}]");
        together["probabilities"]!.AsArray().Select(number => (double)number!).ShouldBe(served.Expected);
        await Parallel.ForEachAsync(Enumerable.Range(0, 4 * served.Rows.Count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            var row = i % served.Rows.Count;
            ((double)(await served.Post("/score", served.Rows[row]))["probability"]!).ShouldBe(served.Expected[row]);
        });
    }

    /// <summary>As OpenTelemetry listens to it; other tests' servers score meanwhile.</summary>
    [Fact]
    public async Task Score_SomeoneTraces_ToldOfRowsAndVersion()
    {
        await using var served = await ServedClicks.Start();
        ConcurrentBag<(object? Rows, object? Version)> seen = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "AutoDim.Serving",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => seen.Add((activity.GetTagItem("autodim.rows"), activity.GetTagItem("autodim.model.version"))),
        };
        ActivitySource.AddActivityListener(listener);
        var answer = await served.Post("/score", $"[{served.Rows[0]},{served.Rows[1]}]");
        seen.ShouldContain(((object?)2, (object?)(string)answer["model"]!));
    }

    [Fact]
    public async Task Score_BatchesWaitForOthers_ScoresStayTheSame()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { MaxDelayMs = 5, MaxBatch = 64 });
        await Parallel.ForEachAsync(Enumerable.Range(0, served.Rows.Count), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (row, _) =>
            ((double)(await served.Post("/score", served.Rows[row]))["probability"]!).ShouldBe(served.Expected[row]));
        (await served.Get("/metrics")).ShouldContain($"autodim_rows_total {served.Rows.Count}\n");
    }

    [Theory]
    [InlineData("""{"user":"u1","item":"i2","tags":["t1","t2"],"price":7}""")]
    [InlineData("""{"user":"u1","item":"i2","tags":"t1|t2","price":"7"}""")]
    [InlineData("""{"price":7.0,"tags":[" t1 ","t2",""],"item":"\u00692","user":"u1"}""")]
    [InlineData("""  [{"user":"u1","item":"i2","tags":["t1","t2"],"price":7e0}]  """)]
    public async Task Score_SameValuesInOtherForms_SameScore(string body)
    {
        await using var served = await ServedClicks.Start();
        var expected = (double)(await served.Post("/score", """{"user":"u1","item":"i2","tags":["t1","t2"],"price":7}"""))["probability"]!;
        var answer = await served.Post("/score", body);
        ((double)(answer["probability"] ?? answer["probabilities"]![0])!).ShouldBe(expected);
    }

    [Fact]
    public async Task Score_FieldAbsentNullOrEmpty_CountsAsMissing()
    {
        await using var served = await ServedClicks.Start();
        var absent = await served.Post("/score", """{"user":"u1","item":"i2"}""");
        foreach (var body in (string[])["""{"user":"u1","item":"i2","tags":null,"price":null}""", """{"user":"u1","item":"i2","tags":[],"price":""}"""]) (await served.Post("/score", body)).ToJsonString().ShouldBe(absent.ToJsonString());
        (await served.Get("/metrics")).ShouldNotContain("autodim_unseen_values_total{");
    }

    [Fact]
    public async Task Score_ValuesThatTrainingDidNotHave_CountedByField()
    {
        await using var served = await ServedClicks.Start();
        await served.Post("/score", """[{"user":"nobody","tags":["t1","t77","t78"]},{"user":"nobody else"}]""");
        var metrics = await served.Get("/metrics");
        metrics.ShouldContain("autodim_unseen_values_total{field=\"user\"} 2\n");
        metrics.ShouldContain("autodim_unseen_values_total{field=\"tags\"} 2\n");
        metrics.ShouldNotContain("field=\"item\"");
    }

    [Fact]
    public async Task Score_ModelWithoutVocabulary_TakesIds()
    {
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        using var data = Toy.Clicks();
        var plan = EmbeddingPlan.Of(data.Fields, [2, 2, 2, 2]);
        using var model = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, plan, Bench.SmallModel, 1, pool));
        TrainedModel.Save(folder.Path, model, new ModelManifest { Model = "deepfm", Options = Bench.SmallModel, Fields = data.Fields, Dims = [2, 2, 2, 2] }, null);
        using var scorer = new Scorer(model, 64);
        var expected = scorer.Score(data.Test);
        await using var application = ScoringServer.Build(folder.Path, new ServingOptions(), IPAddress.Loopback, 0);
        await application.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        var batch = new Batch(model.Fields, 1);
        for (var i = 0; i < 20; i++)
        {
            data.Test.Read([i], batch);
            var row = new JsonObject(batch.Columns.Select(column => KeyValuePair.Create<string, JsonNode?>(
                column.Field.Name, column.Field.MultiValued ? new JsonArray([.. column.Rows.AsSpan(0, column.Count).ToArray().Select(id => JsonValue.Create(id))]) : JsonValue.Create(column.Rows[0]))));
            var answer = await client.PostAsync(application.Urls.First() + "/score", new StringContent(row.ToJsonString()), TestContext.Current.CancellationToken);
            var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            ((double)JsonNode.Parse(text)!["probability"]!).ShouldBe(1 / (1 + Math.Exp(-expected[i])), text);
        }

        var outside = await client.PostAsync(application.Urls.First() + "/score", new StringContent("""{"user":9999}"""), TestContext.Current.CancellationToken);
        (await outside.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("id 9999 is outside its range");
        var missing = await client.PostAsync(application.Urls.First() + "/score", new StringContent("{}"), TestContext.Current.CancellationToken);
        (await missing.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("ids know no missing one");
    }

    [Fact]
    public async Task Rank_OneUserManyCandidates_AsEachRowScoredAlone()
    {
        await using var served = await ServedClicks.Start();
        string[] items = ["i1", "i2", "i3", "i4", "i0"];
        var scores = (await served.Post("/score", $"[{string.Join(',', items.Select(item => $$"""{"user":"u3","tags":["t1"],"price":12,"item":"{{item}}"}"""))}]"))["probabilities"]!.AsArray().Select(number => (double)number!).ToArray();
        var candidates = $"[{string.Join(',', items.Select(item => $$"""{"item":"{{item}}"}"""))}]";
        const string Shared = """{"user":"u3","tags":["t1"],"price":12}""";

        var ranked = await served.Post("/rank", $$"""{"candidates":{{candidates}},"shared":{{Shared}}}""");
        Places(ranked).ShouldBe(Enumerable.Range(0, 5).OrderByDescending(i => scores[i]).Select(i => (i, scores[i])));
        Places(await served.Post("/rank", $$"""{"shared":{{Shared}},"candidates":{{candidates}},"top":2}""")).ShouldBe(Places(ranked).Take(2));
        Places(await served.Post("/rank", $$"""{"shared":{{Shared}},"candidates":{{candidates}},"order":"given"}""")).ShouldBe(Enumerable.Range(0, 5).Select(i => (i, scores[i])));
        Places(await served.Post("/rank", """{"candidates":[]}""")).ShouldBeEmpty();

        static IEnumerable<(int, double)> Places(JsonNode answer) => answer["candidates"]!.AsArray().Select(place => ((int)place!["index"]!, (double)place["probability"]!));
    }

    [Fact]
    public async Task Explain_ARow_DifferencesToTheRowWithEachFieldUnseen()
    {
        await using var served = await ServedClicks.Start(model: "din");
        var explained = await served.Post("/explain", """{"user":"u1","item":"i2","tags":["t1"],"price":5,"past":["i1","i3"]}""");
        explained["fields"]!.AsArray().Select(field => (string)field!["name"]!).ShouldBe(["user", "item", "tags", "price", "past"]);
        var logit = (double)explained["logit"]!;
        foreach (var (field, body) in ((string, string)[])
        [
            ("user", """{"user":"nobody","item":"i2","tags":["t1"],"price":5,"past":["i1","i3"]}"""),
            ("tags", """{"user":"u1","item":"i2","tags":["nothing"],"price":5,"past":["i1","i3"]}"""),
            ("past", """{"user":"u1","item":"i2","tags":["t1"],"price":5,"past":[]}"""),
        ])
        {
            var without = (double)(await served.Post("/explain", body))["logit"]!;
            ((double)explained["fields"]!.AsArray().Single(item => (string)item!["name"]! == field)!["contribution"]!).ShouldBe(logit - without, 1e-5);
        }
    }
}

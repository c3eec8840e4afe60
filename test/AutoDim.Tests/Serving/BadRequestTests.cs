using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Serving;
using AutoDim.Serving.Http;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Serving;

public sealed class BadRequestTests
{
    [Theory]
    [InlineData("/score", """{"usr":"u1"}""", "usr", null, "the model's fields are user, item, tags, price")]
    [InlineData("/score", """{"price":"cheap"}""", "price", "cheap", "send a number")]
    [InlineData("/score", """{"price":true}""", "price", "true or false", "send a number")]
    [InlineData("/score", """{"user":["u1"]}""", "user", "an array", "send a text or a number")]
    [InlineData("/score", """{"user":{"id":1}}""", "user", "an object", "send a text or a number")]
    [InlineData("/score", """{"tags":["t1",null]}""", "tags", "null", "an array of texts")]
    [InlineData("/score", """{"tags":[["t1"]]}""", "tags", "an array", "an array of texts")]
    [InlineData("/score", """{"user":"u1","user":"u2"}""", "user", null, "give it once")]
    [InlineData("/score", """{"user":"\ud800"}""", "user", "\\ud800", "send a text")]
    [InlineData("/score", """[{"user":"u1"},{"item":[1]}]""", "item", "an array", "send a text or a number")]
    [InlineData("/score", """[{"user":"u1"},7]""", null, null, "send each row as an object")]
    [InlineData("/score", "7", null, null, "send a row as an object")]
    [InlineData("/score", """{"user":"u1"} x""", null, null, "send JSON")]
    [InlineData("/score", """{"user":"u1" """, null, null, "send JSON")]
    [InlineData("/score", "", null, null, "send JSON")]
    [InlineData("/explain", """[{"user":"u1"}]""", null, null, "send a row as an object")]
    [InlineData("/rank", """{"shared":{"user":"u1"}}""", "candidates", null, "candidates")]
    [InlineData("/rank", """{"shared":{"user":"u1"},"candidates":[{"user":"u2"}]}""", "user", null, "in one of the two")]
    [InlineData("/rank", """{"candidates":[{"itm":"i2"}]}""", "itm", null, "the model's fields are")]
    [InlineData("/rank", """{"candidates":[],"top":0}""", "top", null, "top")]
    [InlineData("/rank", """[]""", null, null, "candidates")]
    public async Task Post_SomethingWrong_ToldWithFieldValueAndFix(string path, string body, string? field, string? value, string fix)
    {
        await using var served = await ServedClicks.Start();
        var problem = await served.Post(path, body, HttpStatusCode.BadRequest);
        ((int)problem["status"]!).ShouldBe(400);
        ((string?)problem["field"]).ShouldBe(field);
        ((string?)problem["value"]).ShouldBe(value);
        ((string)problem["fix"]!).ShouldContain(fix);
        ((string)problem["detail"]!).ShouldNotBeEmpty();
        (await served.Post("/score", served.Rows[0]))["probability"].ShouldNotBeNull();
    }

    [Fact]
    public async Task Post_RowOfABatchWrong_ToldByItsPosition()
    {
        await using var served = await ServedClicks.Start();
        ((int)(await served.Post("/score", """[{"user":"u1"},{},{"price":"x"}]""", HttpStatusCode.BadRequest))["row"]!).ShouldBe(2);
    }

    [Fact]
    public async Task Post_NotUtf8_Refused()
    {
        await using var served = await ServedClicks.Start();
        using var answer = await served.Client.PostAsync(served.Url + "/score", new ByteArrayContent([.. "{\"user\":\""u8, 0xFF, 0xC3, .. "\"}"u8]), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("not UTF-8");
    }

    [Fact]
    public async Task Post_TooDeepTooLargeOrTooManyRows_Refused()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { MaxRows = 10, MaxBodyBytes = 2000 });
        await served.Post("/score", new string('[', 900), HttpStatusCode.BadRequest);
        ((string)(await served.Post("/rank", $$"""{"candidates":{{new string('[', 900)}}""", HttpStatusCode.BadRequest))["fix"]!).ShouldContain("8 levels");
        (await served.Post("/score", $$"""{"user":"{{new string('u', 2000)}}"}""", HttpStatusCode.RequestEntityTooLarge))["detail"]!.ToString().ShouldContain("2000 bytes");
        (await served.Post("/score", $"[{string.Join(',', Enumerable.Repeat("{}", 11))}]", HttpStatusCode.RequestEntityTooLarge))["detail"]!.ToString().ShouldContain("10 rows");
        (await served.Post("/rank", $$"""{"candidates":[{{string.Join(',', Enumerable.Repeat("{}", 11))}}]}""", HttpStatusCode.RequestEntityTooLarge))["detail"]!.ToString().ShouldContain("10 rows");
        using var chunked = new HttpRequestMessage(HttpMethod.Post, served.Url + "/score") { Content = new StringContent(new string(' ', 3000)), Headers = { TransferEncodingChunked = true } };
        using var answer = await served.Client.SendAsync(chunked, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Post_QueueFull_RefusedAtOnceAndToldWhenToTryAgain()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { MaxQueue = 1, MaxDelayMs = 1000, MaxBatch = 1000 });
        var waiting = served.Post("/score", served.Rows[0]);
        while (!(await served.Get("/metrics")).Contains("autodim_queue_rows 1\n", StringComparison.Ordinal)) waiting.IsCompleted.ShouldBeFalse();
        using var refused = await served.Send("/score", served.Rows[1]);
        refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
        ((double)(await waiting)["probability"]!).ShouldBe(served.Expected[0]);
        (await served.Get("/metrics")).ShouldContain("autodim_rejected_total 1\n");
    }

    [Fact]
    public async Task Post_NotScoredInTime_Told()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { TimeoutMs = 60, MaxDelayMs = 1000, MaxBatch = 1000 });
        ((string)(await served.Post("/score", served.Rows[0], HttpStatusCode.ServiceUnavailable))["detail"]!).ShouldContain("within 60 ms");
    }

    [Fact]
    public async Task Post_BodyDoesNotArrive_Told()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { TimeoutMs = 200 });
        var url = new Uri(served.Url);
        using var socket = new TcpClient(url.Host, url.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync("POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{\"user\""u8.ToArray(), TestContext.Current.CancellationToken);
        var answer = new byte[1000];
        var read = await stream.ReadAsync(answer, TestContext.Current.CancellationToken);
        Encoding.ASCII.GetString(answer, 0, read).ShouldStartWith("HTTP/1.1 408 ");
    }

    /// <summary>Bodies changed at random are read or refused, never worse.</summary>
    [Fact]
    public async Task Read_ChangedBodies_ReadOrRefused()
    {
        await using var served = await ServedClicks.Start(model: "din");
        var manifest = ModelManifest.Load(served.Folder);
        using var pool = new WorkerPool(1);
        using var model = TrainedModel.Load(served.Folder, pool);
        var encoder = RowEncoder.Load(served.Folder, manifest, model.Model.Fields);
        var random = new CounterRandom(1, 3);
        string[] bodies = [served.Rows[3], $"[{served.Rows[4]},{served.Rows[5]}]", """{"shared":{"user":"u1","past":["i1"]},"candidates":[{"item":"i1"},{"tags":["t1","t2"]}],"top":1}"""];
        const string Characters = "{}[]\",:\\u0 1e-.tn\u00e9";
        var (rows, shared, refused) = (new EncodedRows(encoder.Columns), new EncodedRows(encoder.Columns), 0);
        for (var i = 0L; i < 20_000; i++)
        {
            var text = bodies[random.Below(9 * i, bodies.Length)].ToCharArray();
            for (var change = 0L; change <= random.Below((9 * i) + 1, 3); change++) text[random.Below((9 * i) + 2 + change, text.Length)] = Characters[(int)random.Below((9 * i) + 5 + change, Characters.Length)];
            var body = Encoding.UTF8.GetBytes(text);
            rows.Clear();
            shared.Clear();
            refused += RowReader.ReadRows(body, encoder, 10, true, rows, out _) == null ? 0 : 1;
            rows.Clear();
            refused += RowReader.ReadCandidates(body, encoder, 10, shared, rows, out _, out _) == null ? 0 : 1;
        }

        refused.ShouldBeInRange(20_000, 39_999);
    }
}

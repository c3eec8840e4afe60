using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using AutoDim.Serving;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Serving;

/// <summary>Too many clients, slow ones, and ones that send what nobody should: the others are answered, rightly and in time, by the same process.</summary>
[Collection(nameof(Alone))]
public sealed class HostileClientTests
{
    private const int Senders = 256;

    private static readonly TimeSpan Never = TimeSpan.FromSeconds(60);

    /// <summary>One worker and room for one waiting request, asked by 64 clients without pause while new versions come: ten times more than it can take, and more.</summary>
    [Fact]
    public async Task Score_FarAboveCapacity_AcceptedRightAndInTimeOthersRefused()
    {
        var options = new ServingOptions { Workers = 1, MaxBatch = 8, MaxQueue = 8, MaxDelayMs = 2, PollMs = 20, TimeoutMs = 3000 };
        await using var served = await ServedClicks.Start(options);
        var rows = Enumerable.Range(0, served.Rows.Count / 8).Select(i => $"[{string.Join(',', served.Rows.Skip(8 * i).Take(8))}]").ToArray();
        var expected = new ConcurrentDictionary<string, double[]>([KeyValuePair.Create(await Version(served), served.Expected)]);
        var answers = new ConcurrentBag<(HttpStatusCode Status, TimeSpan Took, string Text, int Place)>();
        using var done = new CancellationTokenSource();
        var load = Enumerable.Range(0, 64).Select(client => Task.Run(async () =>
        {
            for (var i = client; !done.IsCancellationRequested; i++)
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await served.Send("/score", rows[i % rows.Length]);
                answers.Add((answer.StatusCode, Stopwatch.GetElapsedTime(start), await answer.Content.ReadAsStringAsync(), i % rows.Length));
            }
        })).ToArray();
        await Task.Delay(700, TestContext.Current.CancellationToken);
        var before = Settled();
        for (var seed = 2ul; seed <= 4; seed++)
        {
            var (version, scores) = served.Save(seed);
            expected[version] = scores;
            while (await Version(served) != version) await Task.Delay(10, TestContext.Current.CancellationToken);
            await Task.Delay(300, TestContext.Current.CancellationToken);
        }

        await done.CancelAsync();
        await Task.WhenAll(load);
        answers.Select(answer => answer.Status).Distinct().Except([HttpStatusCode.OK, HttpStatusCode.TooManyRequests, HttpStatusCode.ServiceUnavailable]).ShouldBeEmpty();
        var accepted = answers.Where(answer => answer.Status == HttpStatusCode.OK).ToArray();
        accepted.Length.ShouldBeGreaterThan(10);
        answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests).ShouldBeGreaterThan(10);
        accepted.Max(answer => answer.Took).ShouldBeLessThan(Never);
        foreach (var (_, _, text, place) in accepted)
        {
            var answer = JsonNode.Parse(text)!;
            answer["probabilities"]!.AsArray().Select(score => (double)score!).ShouldBe(expected[(string)answer["model"]!].Skip(8 * place).Take(8));
        }

        answers.Clear();
        (Settled() - before).ShouldBeLessThan(64L << 20);
        (await served.Post("/score", served.Rows[0]))["probability"].ShouldNotBeNull();
    }

    /// <summary>
    /// Capacity is measured first: requests a second that two callers get who wait for each answer, of a model whose scoring takes far longer than all else. Then ten times as many are
    /// sent. By design a request that is let in waits for the queue, for the row that is being scored, and for its own: (queue + 2) / capacity, and whatever else the machine does meanwhile, such
    /// as the sending here.
    /// </summary>
    [Fact]
    public async Task Score_OfferedTenTimesItsCapacity_AcceptedWithinTheBoundOthersRefusedNoScoreWrong()
    {
        var options = new ServingOptions { Workers = 1, MaxBatch = 1, MaxQueue = 16, PollMs = 0 };
        await using var served = await ServedClicks.Start(options, hidden: [4096, 4096]);
        var capacity = await Capacity(served);
        var bound = (options.MaxQueue + 2) / capacity;
        var (accepted, refused, wrong) = (new ConcurrentBag<double>(), 0, 0);
        var (clock, wanted) = (Stopwatch.StartNew(), TimeSpan.FromSeconds(Support.Reliability.Times(3, 60)));
        var senders = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var sent = 1; clock.Elapsed < wanted; sent++)
            {
                var (start, row) = (Stopwatch.GetTimestamp(), (sender + sent) % served.Rows.Count);
                using var answer = await served.Send("/score", served.Rows[row]);
                var text = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable) Interlocked.Increment(ref refused);
                else if (answer.StatusCode == HttpStatusCode.OK && (double)JsonNode.Parse(text)!["probability"]! == served.Expected[row]) accepted.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                else Interlocked.Increment(ref wrong);
                var due = TimeSpan.FromSeconds(sent * Senders / (10 * capacity));
                if (due > clock.Elapsed) await Task.Delay(due - clock.Elapsed);
            }
        })).ToArray();
        await Task.WhenAll(senders);
        var seconds = clock.Elapsed.TotalSeconds;
        wrong.ShouldBe(0);
        accepted.Count.ShouldBeGreaterThan(10);
        refused.ShouldBeGreaterThan(accepted.Count);
        accepted.Max().ShouldBeLessThan(Never.TotalSeconds);
        ((double)(await served.Post("/score", served.Rows[0]))["probability"]!).ShouldBe(served.Expected[0]);
        double[] latencies = [.. accepted.Order()];
        string Milliseconds(double time) => (1000 * time).ToString("N0", CultureInfo.InvariantCulture);
        Support.Reliability.Record("overload", Support.Reliability.Table(["capacity, requests/s", "offered", "accepted", "refused", "seconds", "bound, ms", "median, ms", "99 %", "largest"],
            [[$"{capacity:N0}", $"{(accepted.Count + refused) / seconds:N0}", $"{accepted.Count / seconds:N0}", $"{refused / seconds:N0}", $"{seconds:N0}", Milliseconds(bound), Milliseconds(latencies[latencies.Length / 2]), Milliseconds(latencies[latencies.Length * 99 / 100]), Milliseconds(latencies[^1])]]));
    }

    /// <summary>Requests a second that two callers get who wait for each answer.</summary>
    private static async Task<double> Capacity(ServedClicks served)
    {
        var (clock, answered, wanted) = (Stopwatch.StartNew(), 0, TimeSpan.FromSeconds(Support.Reliability.Times(1, 5)));
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (clock.Elapsed < wanted)
            {
                using var answer = await served.Send("/score", served.Rows[0]);
                if (answer.IsSuccessStatusCode) Interlocked.Increment(ref answered);
            }
        })));
        return answered / clock.Elapsed.TotalSeconds;
    }

    [Fact]
    public async Task Connections_ThatSendTooSlowly_EndedWhileOthersAreAnswered()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { TimeoutMs = 400 });
        string[] halves = ["POST /score HT", "POST /score HTTP/1.1\r\nHost: here\r\nX-Slow: 1", "POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{\"user\"", "POST /score HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"us"];
        var slow = Enumerable.Range(0, 100).Select(i => Raw(served, Encoding.ASCII.GetBytes(halves[i % halves.Length]))).ToArray();
        for (var row = 0; row < 20; row++) ((double)(await served.Post("/score", served.Rows[row]))["probability"]!).ShouldBe(served.Expected[row]);
        foreach (var answer in await Task.WhenAll(slow)) (answer.Length == 0 || answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 400 ", StringComparison.Ordinal)).ShouldBeTrue(answer);
        (await served.Get("/health")).ShouldNotBeNull();
    }

    [Fact]
    public async Task Clients_ThatDoNotReadTheirAnswers_DoNotKeepOthersFromTheirs()
    {
        await using var served = await ServedClicks.Start(new ServingOptions { MaxQueue = 1_000_000, TimeoutMs = 60_000 });
        var body = $$"""{"candidates":[{{string.Join(',', Enumerable.Repeat(served.Rows[0], 4096))}}]}""";
        var request = Encoding.UTF8.GetBytes($"POST /rank HTTP/1.1\r\nHost: here\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        var url = new Uri(served.Url);
        var deaf = Enumerable.Range(0, 20).Select(_ => new TcpClient(url.Host, url.Port) { ReceiveBufferSize = 1024 }).ToArray();
        foreach (var client in deaf) await client.GetStream().WriteAsync(request, TestContext.Current.CancellationToken);
        for (var row = 0; row < 20; row++) ((double)(await served.Post("/score", served.Rows[row]))["probability"]!).ShouldBe(served.Expected[row]);
        foreach (var client in deaf) client.Dispose();
    }

    [Fact]
    public async Task Bodies_LargeAndManyAtOnce_TakeNoMoreMemoryThanAllowed()
    {
        const int Largest = 8 << 20;
        await using var served = await ServedClicks.Start(new ServingOptions { MaxBodyBytes = Largest, TimeoutMs = 2500 });
        var head = Encoding.ASCII.GetBytes($"POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: {Largest}\r\n\r\n");
        var most = new byte[Largest - 1];
        Array.Fill(most, (byte)' ');
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => Raw(served, [.. head, .. most]))); // a byte is missing of each, so that all are under way at once
        answers.ShouldContain(answer => answer.StartsWith("HTTP/1.1 429 ", StringComparison.Ordinal) && answer.Contains("Retry-After", StringComparison.OrdinalIgnoreCase));
        answers.ShouldContain(answer => answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal));
        using var tooLarge = await served.Client.PostAsync(served.Url + "/score", new ByteArrayContent(new byte[Largest + 1]), TestContext.Current.CancellationToken);
        tooLarge.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        ((double)(await served.Post("/score", served.Rows[0]))["probability"]!).ShouldBe(served.Expected[0]);
    }

    /// <summary>Requests that no client should send: refused or closed, and nothing of this machine in the answer.</summary>
    [Theory]
    [InlineData("GET /../../../../etc/passwd HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET /..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET //etc/passwd HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET /model/../../manifest.json HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET /manifest.json HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET /score HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("DELETE /model HTTP/1.1\r\nHost: here\r\n\r\n")]
    [InlineData("GET / HTTP/9.9\r\nHost: here\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: here\r\nno colon\r\n\r\n")]
    [InlineData("POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")]
    [InlineData("POST /score HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}")]
    [InlineData("POST /score HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n")]
    [InlineData("POST /score HTTP/1.1\r\nHost: here\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\nConnection: close\r\n\r\n\u001f\u008b\u0008\u0000")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001")]
    public async Task Request_ThatNobodyShouldSend_RefusedAndTheServerGoesOn(string request)
    {
        await using var served = await ServedClicks.Start(new ServingOptions { TimeoutMs = 1000 });
        var answer = await Raw(served, Encoding.Latin1.GetBytes(request.Replace("Host: here\r\n", "Host: here\r\nConnection: close\r\n", StringComparison.Ordinal)));
        if (answer.Length > 0) answer.ShouldMatch("^HTTP/1.1 (400|404|405|408|411|413|414|431|505) ");
        answer.ShouldNotContain("root:");
        answer.ShouldNotContain("formatVersion");
        ((double)(await served.Post("/score", served.Rows[0]))["probability"]!).ShouldBe(served.Expected[0]);
    }

    [Fact]
    public async Task Heads_LongerThanAllowed_Refused()
    {
        await using var served = await ServedClicks.Start();
        (await Raw(served, Encoding.ASCII.GetBytes($"GET /{new string('a', 100_000)} HTTP/1.1\r\nHost: here\r\n\r\n"))).ShouldStartWith("HTTP/1.1 414 ");
        (await Raw(served, Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: here\r\nX: {new string('a', 100_000)}\r\n\r\n"))).ShouldStartWith("HTTP/1.1 431 ");
    }

    /// <summary>Sends bytes and reads to the end of the connection.</summary>
    private static async Task<string> Raw(ServedClicks served, byte[] request)
    {
        var url = new Uri(served.Url);
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(Never);
        try
        {
            await client.ConnectAsync(url.Host, url.Port, limit.Token);
            var stream = client.GetStream();
            await stream.WriteAsync(request, limit.Token);
            using var answer = new MemoryStream();
            var buffer = new byte[4096];
            for (int read; (read = await stream.ReadAsync(buffer, limit.Token)) > 0;)
            {
                answer.Write(buffer, 0, read);
                if (Encoding.Latin1.GetString(answer.ToArray()).Contains("\r\n\r\n", StringComparison.Ordinal)) break;
            }

            return Encoding.Latin1.GetString(answer.ToArray());
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return ""; // closed by the server before all was sent
        }
    }

    private static async Task<string> Version(ServedClicks served) => (string)JsonNode.Parse(await served.Get("/ready"))!["model"]!;

    /// <summary>Managed memory that is held.</summary>
    private static long Settled() => GC.GetTotalMemory(forceFullCollection: true);
}

using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace AutoDim.Tests.Support;

/// <summary>A page in headless Chromium, asked over its debugging protocol (https://chromedevtools.github.io/devtools-protocol/).</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly TemporaryFolder profile = new();
    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
    private Process? process;
    private string? session;
    private int calls;

    /// <summary>Opens a page; skips the test where there is no Chromium.</summary>
    public static async Task<Chromium> Open(string url)
    {
        var program = Tool.ChromiumOrSkip();
        var browser = new Chromium();
        try
        {
            // Without its sandbox, which root may not use; the pages are ours.
            browser.process = Tool.Start(program, new Dictionary<string, string>(), "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", $"--user-data-dir={browser.profile.Path}", "about:blank");
            await browser.Connect(url);
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of an expression; of a promise, what it comes to.</summary>
    public async Task<JsonNode?> Evaluate(string expression)
    {
        var answer = await Call("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["awaitPromise"] = true, ["returnByValue"] = true });
        answer["exceptionDetails"].ShouldBeNull(expression);
        return answer["result"]!["value"];
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task Until(string expression)
    {
        while (!((bool?)await Evaluate($"Boolean({expression})") ?? false)) await Task.Delay(20, patience.Token);
    }

    /// <summary>As a screen of so many pixels across shows it.</summary>
    public Task Resize(int width) => Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        if (process != null)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        patience.Dispose();
        profile.Dispose();
    }

    private async Task Connect(string url)
    {
        const string Mark = "DevTools listening on ";
        string? line;
        do line = await process!.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("Chromium ended before it listened");
        while (!line.StartsWith(Mark, StringComparison.Ordinal));
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None); // or it would wait for a reader
        await socket.ConnectAsync(new Uri(line[Mark.Length..]), patience.Token);
        var target = await Call("Target.createTarget", new JsonObject { ["url"] = url });
        session = (string)(await Call("Target.attachToTarget", new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true }))["sessionId"]!;
    }

    private async Task<JsonNode> Call(string method, JsonObject parameters)
    {
        var number = ++calls;
        var message = new JsonObject { ["id"] = number, ["method"] = method, ["params"] = parameters };
        if (session != null) message["sessionId"] = session;
        await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            var answer = JsonNode.Parse(await Receive())!;
            if ((int?)answer["id"] == number) return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]}");
        }
    }

    private async Task<string> Receive()
    {
        using var text = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, patience.Token);
            text.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return Encoding.UTF8.GetString(text.ToArray());
    }
}

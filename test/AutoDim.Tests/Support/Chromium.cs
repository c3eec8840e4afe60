using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace AutoDim.Tests.Support;

/// <summary>A page in headless Chromium, asked over its debugging protocol (https://chromedevtools.github.io/devtools-protocol/).</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Listening = "DevTools listening on ";

    private readonly TemporaryFolder profile = new();
    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(2));
    private readonly List<string> requests = [];
    private readonly Process process;
    private string? session;
    private int calls;

    private Chromium(string program)
    {
        // Without its sandbox, which root may not use; the pages are ours.
        process = Tool.Start(program, new Dictionary<string, string>(), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", "about:blank");
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None); // or it would wait for a reader
    }

    /// <summary>Addresses that the page asked for, its own first; pages that hold pictures as data: ask for these too.</summary>
    public IReadOnlyList<string> Requests => requests;

    /// <summary>Opens a page; skips the test where there is no Chromium.</summary>
    public static async Task<Chromium> Open(string url)
    {
        var browser = new Chromium(Tool.ChromiumOrSkip());
        try
        {
            await browser.Connect();
            await browser.Call("Network.enable");
            await browser.Call("Page.navigate", new JsonObject { ["url"] = url });
            await browser.Until("location.href !== 'about:blank' && document.readyState === 'complete'");
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
        while (!(bool)(await Evaluate($"Boolean({expression})"))!) await Task.Delay(20, patience.Token);
    }

    /// <summary>As a screen of so many pixels across shows it, to a reader who likes it dark or light.</summary>
    public async Task Show(int width, bool dark)
    {
        await Call("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await Call("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) });
    }

    /// <summary>
    /// Whether the page can be read as it is shown: nothing sticks out at its right, and text is set off from the paper as far as the Web Content
    /// Accessibility Guidelines ask (contrast of relative luminances 4.5 or more), light on dark where the reader likes it so.
    /// </summary>
    public async Task ShouldFit(int width, bool dark)
    {
        ((int)(await Evaluate("document.documentElement.scrollWidth"))!).ShouldBeLessThanOrEqualTo(width);
        var luminance = "colour => colour.match(/[0-9.]+/g).slice(0, 3).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0)";
        var (ink, paper) = ((double)(await Evaluate($"({luminance})(getComputedStyle(document.body).color)"))!, (double)(await Evaluate($"({luminance})(getComputedStyle(document.body).backgroundColor)"))!);
        (ink > paper).ShouldBe(dark);
        ((Math.Max(ink, paper) + 0.05) / (Math.Min(ink, paper) + 0.05)).ShouldBeGreaterThan(4.5);
    }

    public async ValueTask DisposeAsync()
    {
        if (socket.State == WebSocketState.Open)
        {
            session = null;
            await Call("Browser.close"); // and its helpers, which write into its profile
        }
        else
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync(patience.Token);
        process.Dispose();
        socket.Dispose();
        patience.Dispose();
        profile.Dispose();
    }

    private async Task Connect()
    {
        var line = "";
        while (!line.StartsWith(Listening, StringComparison.Ordinal)) line = await process.StandardError.ReadLineAsync(patience.Token) ?? throw new InvalidOperationException("Chromium ended before it listened");
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        await socket.ConnectAsync(new Uri(line[Listening.Length..]), patience.Token);
        var target = await Call("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        session = (string)(await Call("Target.attachToTarget", new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true }))["sessionId"]!;
    }

    /// <summary>What a method answers; events that come before the answer are noted.</summary>
    private async Task<JsonNode> Call(string method, JsonObject? parameters = null)
    {
        var number = ++calls;
        var message = new JsonObject { ["id"] = number, ["method"] = method, ["params"] = parameters ?? [] };
        if (session != null) message["sessionId"] = session;
        await socket.SendAsync(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, true, patience.Token);
        while (true)
        {
            var answer = JsonNode.Parse(await Receive())!;
            if ((int?)answer["id"] == number) return answer["result"] ?? throw new InvalidOperationException($"{method}: {answer["error"]}");
            if ((string?)answer["method"] == "Network.requestWillBeSent") requests.Add((string)answer["params"]!["request"]!["url"]!);
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

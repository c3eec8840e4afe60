using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Serving;

/// <summary>The page at / in a browser.</summary>
public sealed class PageTests
{
    private const string Fields = "document.querySelectorAll('#fields tr')", Probability = "document.getElementById('probability').textContent", Problem = "document.getElementById('problem').textContent";

    [Fact]
    public async Task Page_ValuesTyped_ShowsTheirScoreAndContributions()
    {
        await using var served = await ServedClicks.Start();
        await using var browser = await Chromium.Open(served.Url + "/");
        await browser.Until($"{Probability}.endsWith('%')");
        ((int)(await browser.Evaluate($"{Fields}.length"))!).ShouldBe(4);

        await Type("user", "u3");
        await Type("item", "i7");
        await Type("price", "40");
        var expected = await served.Post("/explain", """{"user": "u3", "item": "i7", "tags": [], "price": "40"}""");
        await browser.Until($"{Probability} === '{FormattableString.Invariant($"{100 * (double)expected["probability"]!:F2}")} %'");
        var contributions = expected["fields"]!.AsArray().Select(field => (double)field!["contribution"]!);
        var shown = JsonNode.Parse((string)(await browser.Evaluate("JSON.stringify([...document.querySelectorAll('.difference')].map(cell => cell.textContent))"))!)!.AsArray();
        shown.Select(text => double.Parse((string)text!, CultureInfo.InvariantCulture)).ShouldBe(contributions, 0.00051);
        ((int)(await browser.Evaluate("document.querySelectorAll('.bar i').length"))!).ShouldBe(contributions.Count(by => by != 0));
        (await browser.Evaluate("document.querySelectorAll('input.unseen').length"))!.GetValue<int>().ShouldBe(0);

        await Type("user", "u99");
        await browser.Until("document.querySelector('input[aria-label=user]').classList.contains('unseen')");
        await Type("price", "cheap");
        await browser.Until($"{Problem}.includes('is not a number')");
        await browser.Evaluate("document.getElementById('clear').click()");
        await browser.Until($"{Problem} === '' && {Probability}.endsWith('%')");

        Task Type(string field, string text) => browser.Evaluate($"(input => {{ input.value = '{text}'; input.dispatchEvent(new Event('input')); }})(document.querySelector('input[aria-label={field}]'))");
    }

    [Theory, InlineData(360, false), InlineData(360, true), InlineData(1280, false), InlineData(1280, true)]
    public async Task Page_AnyScreen_FitsAndAsksNobodyElse(int width, bool dark)
    {
        await using var served = await ServedClicks.Start();
        await using var browser = await Chromium.Open(served.Url + "/");
        await browser.Show(width, dark);
        await browser.Until($"{Probability}.endsWith('%')");
        await browser.ShouldFit(width, dark);
        browser.Requests.ShouldContain(served.Url + "/explain");
        browser.Requests.ShouldAllBe(address => address.StartsWith(served.Url + "/", StringComparison.Ordinal) || address.StartsWith("data:", StringComparison.Ordinal));
    }
}

using System.Globalization;
using System.Net;
using System.Text;

namespace AutoDim.Reports;

/// <summary>What the reports' pages have in common: self-contained, readable on a desk and on a phone.</summary>
internal static class HtmlPage
{
    private const string Style = """
        :root { color-scheme: light dark; --paper: #ffffff; --ink: #1c2733; --faint: #66727f; --line: #e3e8ee; --lit: #eef6f3; --full: #9db2c6; --slim: #20766a; }
        @media (prefers-color-scheme: dark) { :root { --paper: #11181f; --ink: #dfe6ec; --faint: #95a3b0; --line: #2b3743; --lit: #15302a; --full: #5f7a95; --slim: #53bda2; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2.5rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; } code { font-size: .85rem; overflow-wrap: anywhere; }
        .lead { font-size: 1.15rem; } .quiet { color: var(--faint); }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: right; white-space: nowrap; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
        th:first-child, td:first-child { text-align: left; } tr.slim td { font-weight: 600; background: var(--lit); }
        svg { width: 100%; max-width: 36rem; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 2px; } svg text.faint { fill: var(--faint); }
        svg .grid { stroke: var(--line); } svg .ink { stroke: var(--ink); fill: var(--ink); } svg .full { stroke: var(--full); fill: var(--full); } svg .slim { stroke: var(--slim); fill: var(--slim); }
        svg .curve { fill: none; stroke-width: 2; } svg .dashed { stroke-dasharray: 5 4; }
        .wide { overflow-x: auto; } .key span { display: inline-block; width: .9rem; height: .9rem; margin: 0 .3rem 0 .9rem; vertical-align: -.1rem; }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 2rem; } .plots h2 { margin-bottom: .2rem; }
        @media (max-width: 30rem) { svg text { font-size: 14px; } }
        .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; } figure { margin: 0; } figcaption { font-size: .85rem; }
        """;

    public static void Begin(StringBuilder page, string title) => page.Append(CultureInfo.InvariantCulture,
        $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>AutoDim: {Text(title)}</title><style>{Style}</style>");

    /// <summary>Text of somebody else's, safe within a page.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}

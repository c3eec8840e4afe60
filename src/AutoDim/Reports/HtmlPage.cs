using System.Globalization;
using System.Net;
using System.Text;

namespace AutoDim.Reports;

/// <summary>What the reports' pages have in common: self-contained, readable on a desk and on a phone.</summary>
internal static class HtmlPage
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; max-width: 62rem; margin: 2.5rem auto; padding: 0 1rem; }
        h1 { font-size: 1.6rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
        .lead { font-size: 1.15rem; } .quiet { color: #66727f; }
        table { border-collapse: collapse; width: 100%; } th, td { text-align: right; white-space: nowrap; padding: .35rem .6rem; border-bottom: 1px solid #e3e8ee; }
        th:first-child, td:first-child { text-align: left; } tr.slim td { font-weight: 600; background: #eef6f3; }
        svg { width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #1c2733; }
        .wide { overflow-x: auto; } .key span { display: inline-block; width: .9rem; height: .9rem; margin: 0 .3rem 0 .9rem; vertical-align: -.1rem; }
        .fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; } figure { margin: 0; } figcaption { font-size: .85rem; }
        """;

    public static void Begin(StringBuilder page, string title) => page.Append(CultureInfo.InvariantCulture,
        $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>AutoDim: {Text(title)}</title><style>{Style}</style>");

    /// <summary>Text of somebody else's, safe within a page.</summary>
    public static string Text(string text) => WebUtility.HtmlEncode(text);
}

using System.Globalization;
using System.Text;
using AutoDim.Data;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;

namespace AutoDim.Reports;

/// <summary>report.html: one self-contained page with the table, the dimensions per field and α over time.</summary>
internal static class RunReport
{
    /// <summary>One colour per candidate, light to dark as dimensions grow.</summary>
    private static readonly string[] Colours = ["#b8d8c8", "#7fbfa5", "#3f9f83", "#20766a", "#134f57", "#0b2f45", "#061a2b"];

    public static string Html(RunResult result, SearchResult? search)
    {
        var page = new StringBuilder();
        HtmlPage.Begin(page, result.Data);
        page.Append(CultureInfo.InvariantCulture, $"<h1>{HtmlPage.Text(result.Data)}, {HtmlPage.Text(result.Model)}</h1><p class=\"lead\">{HtmlPage.Text(RunSummary.Sentence(result))}</p>");
        Table(page, result);
        page.Append("<h2>Dimensions</h2>");
        Bars(page, result);
        Reasons(page, result);
        if (search != null) Search(page, search);
        foreach (var warning in RunSummary.Warnings(result)) page.Append(CultureInfo.InvariantCulture, $"<p>Note: {HtmlPage.Text(warning)}.</p>");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">Seeds {string.Join(", ", result.Seeds)}; threads: {result.Threads}; prepare {result.Seconds.Prepare:F0} s, full {result.Seconds.Full:F0} s, search {result.Seconds.Search:F0} s, trials {result.Seconds.Trials:F0} s, retraining {result.Seconds.Retrain:F0} s, baselines {result.Seconds.Baselines:F0} s. AutoDim {result.Version}. Data fingerprint {result.Fingerprint}.</p></html>");
        return page.ToString();
    }

    private static void Search(StringBuilder page, SearchResult search)
    {
        page.Append("<h2>α over time</h2><p class=\"quiet\">How much the search prefers each candidate dimension, from its first step to its last. Below each, the validation AUC that the other candidates win or lose in the searched network:");
        Key(page, search);
        page.Append("</p><div class=\"fields\">");
        for (var m = 0; m < search.Fields.Count; m++) Preferences(page, search, m);
        page.Append("</div>");
    }

    private static void Table(StringBuilder page, RunResult result)
    {
        page.Append("<div class=\"wide\"><table><tr><th>model</th><th>test AUC</th><th>logloss</th><th>embedding bytes</th><th>deployed</th><th>of full</th><th>table L2</th></tr>");
        foreach (var row in RunSummary.Rows(result))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr{(row == result.Slim ? " class=\"slim\"" : "")}><td>{HtmlPage.Text(row.Name)}</td><td>{RunSummary.Auc(row)}</td><td>{row.Logloss:F4}</td><td>{ByteSize.Show(row.EmbeddingBytes)}</td><td>{ByteSize.Show(row.DeployedEmbeddingBytes)}</td><td>{(double)row.EmbeddingBytes / result.Full.EmbeddingBytes:P0}</td><td>{row.TableL2:G3}</td></tr>");
        }

        page.Append("</table></div>");
    }

    /// <summary>Why each field has its dimension.</summary>
    private static void Reasons(StringBuilder page, RunResult result)
    {
        if (result.Explanations.Count == 0) return;
        page.Append(CultureInfo.InvariantCulture, $"<h2>Reasons</h2><p class=\"quiet\">Alone: validation AUC of the value's rate of clicks. Rare: share of its occurrences that values seen fewer than {FieldProfile.Rare} times have. Halved, dropped: what the slim model's validation AUC becomes less where the field is cut to half of its dimensions, or to its mean. The last two: its dimension in the search's plan of half and of twice the bytes.</p>");
        page.Append("<div class=\"wide\"><table><tr><th>field</th><th>rows</th><th>rare</th><th>alone</th><th>dimension</th><th>full bytes</th><th>bytes</th><th>halved</th><th>dropped</th><th>at ½</th><th>at 2×</th></tr>");
        foreach (var (row, why) in result.Plan.Zip(result.Explanations))
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{HtmlPage.Text(row.Field)}</td><td>{why.Rows:N0}</td><td>{why.RareTraffic:P0}</td><td>{why.SingleFieldAuc:F4}</td><td>{row.Dim}</td><td>{ByteSize.Show(why.FullBytes)}</td><td>{ByteSize.Show(row.Bytes)}</td><td>{ComparisonSummary.Signed(-why.LostIfHalved)}</td><td>{ComparisonSummary.Signed(-why.LostIfDropped)}</td><td>{why.DimAtHalf}</td><td>{why.DimAtDouble}</td></tr>");
        }

        page.Append("</table></div>");
    }

    private static void Key(StringBuilder page, SearchResult search)
    {
        var dims = search.Fields.MaxBy(choice => choice.Dims.Count)!.Dims;
        page.Append("<span class=\"key\">");
        for (var n = 0; n < dims.Count; n++) page.Append(CultureInfo.InvariantCulture, $"<span style=\"background:{Colours[n % Colours.Length]}\"></span>{dims[n]}");
        page.Append("</span>");
    }

    private static void Bars(StringBuilder page, RunResult result)
    {
        const int RowHeight = 22, Left = 170, Width = 420;
        var largest = Math.Max(1, result.Plan.Max(row => row.Dim));
        page.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 820 {(result.Plan.Count * RowHeight) + 10}\" role=\"img\" aria-label=\"dimension of every field\">");
        for (var m = 0; m < result.Plan.Count; m++)
        {
            var (row, y) = (result.Plan[m], m * RowHeight);
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 16}\" text-anchor=\"end\">{HtmlPage.Text(row.Field)}</text><rect x=\"{Left}\" y=\"{y + 4}\" width=\"{Math.Max(2, Width * row.Dim / largest)}\" height=\"15\" rx=\"2\" fill=\"#20766a\"/><text x=\"{Left + Math.Max(2, Width * row.Dim / largest) + 8}\" y=\"{y + 16}\">{row.Dim} × {row.Rows:N0} rows, {ByteSize.Show(row.Bytes)}</text>");
        }

        page.Append("</svg>");
    }

    /// <summary>Stacked areas: at each noted step the candidates' probabilities sum to one.</summary>
    private static void Preferences(StringBuilder page, SearchResult search, int m)
    {
        const double Width = 240, Height = 80;
        var (choice, history) = (search.Fields[m], search.History);
        page.Append(CultureInfo.InvariantCulture, $"<figure><svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"preferences of {HtmlPage.Text(choice.Field)}\">");
        double X(int i) => history.Count < 2 ? 0 : Width * i / (history.Count - 1);
        for (var n = 0; n < choice.Dims.Count; n++)
        {
            double Below(int i, int count) => Height * (1 - history[i].Probabilities[m].Take(count).Sum());
            var upper = Enumerable.Range(0, history.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{X(i):F1},{Below(i, n + 1):F1}"));
            var lower = Enumerable.Range(0, history.Count).Reverse().Select(i => string.Create(CultureInfo.InvariantCulture, $"{X(i):F1},{Below(i, n):F1}"));
            page.Append(CultureInfo.InvariantCulture, $"<polygon points=\"{string.Join(' ', upper.Concat(lower))}\" fill=\"{Colours[n % Colours.Length]}\"><title>dimension {choice.Dims[n]}: {choice.Probabilities[n]:P0}</title></polygon>");
        }

        var best = choice.Best;
        var others = Enumerable.Range(0, choice.Dims.Count).Where(n => n != best).Select(n => string.Create(CultureInfo.InvariantCulture, $"{choice.Dims[n]}: {-choice.Loss(n):+0.0000;−0.0000}"));
        page.Append(CultureInfo.InvariantCulture, $"</svg><figcaption><b>{HtmlPage.Text(choice.Field)}</b>: {choice.Dims[best]} preferred ({choice.Probabilities[best]:P0}, ahead by {choice.Margin:P0})<br><span class=\"quiet\">{string.Join(", ", others)}</span></figcaption></figure>");
    }
}

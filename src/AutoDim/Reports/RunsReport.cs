using System.Globalization;
using System.Text;
using AutoDim.Runs;

namespace AutoDim.Reports;

/// <summary>Several runs side by side: what came out, which settings differ, each field's dimension.</summary>
internal static class RunsReport
{
    private const double Width = 860, Height = 360, Right = 180;

    /// <param name="runs">Finished ones.</param>
    public static string Html(IReadOnlyList<FinishedRun> runs)
    {
        var page = new StringBuilder();
        HtmlPage.Begin(page, "runs");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{runs.Count} runs</h1>");
        foreach (var warning in Warnings(runs)) page.Append(CultureInfo.InvariantCulture, $"<p>Note: {HtmlPage.Text(warning)}.</p>");
        page.Append("<div class=\"wide\"><table><tr><th>run</th><th>data</th><th>model</th><th>full AUC</th><th>slim AUC</th><th>slim to full, 95%</th><th>logloss</th><th>deployed</th><th>of full</th></tr>");
        foreach (var run in runs)
        {
            var (result, slim) = (run.Result!, run.Result!.Slim);
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{HtmlPage.Text(run.Name)}</td><td>{HtmlPage.Text(result.Data)}</td><td>{HtmlPage.Text(result.Model)}</td><td>{RunSummary.Auc(result.Full)}</td><td>{RunSummary.Auc(slim)}</td><td>{ComparisonSummary.Signed(result.AucDelta)} {ComparisonSummary.Interval(result.AucDeltaInterval)}</td><td>{slim.Logloss:F4}</td><td>{ByteSize.Show(slim.DeployedEmbeddingBytes)}</td><td>{(double)slim.DeployedEmbeddingBytes / result.Full.DeployedEmbeddingBytes:P0}</td></tr>");
        }

        page.Append("</table></div>");
        Plot(page, runs);
        Settings(page, runs);
        Dimensions(page, runs);
        page.Append("</html>");
        return page.ToString();
    }

    /// <summary>What keeps figures from being compared.</summary>
    public static IEnumerable<string> Warnings(IReadOnlyList<FinishedRun> runs)
    {
        if (runs.Select(run => run.Result!.Fingerprint).Distinct().Count() > 1) yield return "the runs are of different data, so their AUC cannot be compared";
        else if (runs.Any(run => run.Result!.Seeds.Count == 1)) yield return "with one seed, differences between runs may be the chance of training";
    }

    private static void Plot(StringBuilder page, IReadOnlyList<FinishedRun> runs)
    {
        var models = runs.SelectMany(run => (VariantResult[])[run.Result!.Full, run.Result.Slim]).ToArray();
        var (low, high) = (models.Min(model => model.Auc - model.AucStd), models.Max(model => model.Auc + model.AucStd));
        var plot = new Plot(page, "test AUC against deployed embedding bytes, full and slim model of each run", Width, Height, new Axis(0.9 * models.Min(model => model.DeployedEmbeddingBytes), 1.1 * models.Max(model => model.DeployedEmbeddingBytes), IsLogarithmic: true), new Axis(low - 0.001, high + 0.001), Right)
            .TicksUp("F4").TicksAlong("N0").NameX("deployed embedding bytes; up: test AUC");
        foreach (var run in runs)
        {
            Point(run.Result!.Full, "full", "");
            Point(run.Result.Slim, "slim", run.Name);
        }

        plot.End();

        void Point(VariantResult model, string style, string name)
        {
            var x = plot.X(model.DeployedEmbeddingBytes);
            plot.Draw($"<line class=\"{style}\" x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{plot.Y(model.Auc - model.AucStd):F1}\" y2=\"{plot.Y(model.Auc + model.AucStd):F1}\"/><circle class=\"{style}\" cx=\"{x:F1}\" cy=\"{plot.Y(model.Auc):F1}\" r=\"5\"><title>{style}, {RunSummary.Auc(model)}</title></circle><text x=\"{x + 9:F1}\" y=\"{plot.Y(model.Auc) + 4:F1}\">{HtmlPage.Text(name)}</text>");
        }
    }

    private static void Settings(StringBuilder page, IReadOnlyList<FinishedRun> runs)
    {
        page.Append("<h2>Settings that differ</h2>");
        Table(page, runs, FinishedRun.Differences(runs).Select(difference => (difference.Setting, difference.Values)));
    }

    private static void Dimensions(StringBuilder page, IReadOnlyList<FinishedRun> runs)
    {
        page.Append("<h2>Dimensions</h2>");
        var fields = runs.SelectMany(run => run.Result!.Plan.Select(row => row.Field)).Distinct();
        Table(page, runs, fields.Select(field => (field, (IReadOnlyList<string>)[.. runs.Select(run => run.Result!.Plan.FirstOrDefault(row => row.Field == field)?.Dim.ToString(CultureInfo.InvariantCulture) ?? "")])));
    }

    /// <summary>A column for each run.</summary>
    private static void Table(StringBuilder page, IReadOnlyList<FinishedRun> runs, IEnumerable<(string Name, IReadOnlyList<string> Values)> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"<div class=\"wide\"><table><tr><th></th>{string.Concat(runs.Select(run => $"<th>{HtmlPage.Text(run.Name)}</th>"))}</tr>");
        foreach (var (name, values) in rows) page.Append(CultureInfo.InvariantCulture, $"<tr><td>{HtmlPage.Text(name)}</td>{string.Concat(values.Select(value => $"<td>{HtmlPage.Text(value)}</td>"))}</tr>");
        page.Append("</table></div>");
    }
}

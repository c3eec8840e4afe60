using System.Globalization;
using System.Text;
using AutoDim.Data;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;

namespace AutoDim.Reports;

/// <summary>report.html: one self-contained page with the verdict, the table, the models by bytes and AUC, dimensions, bytes and reasons per field, calibration, learning curves and α over time.</summary>
internal static class RunReport
{
    /// <summary>One colour per candidate, light to dark as dimensions grow.</summary>
    private static readonly string[] Colours = ["#b8d8c8", "#7fbfa5", "#3f9f83", "#20766a", "#134f57", "#0b2f45", "#061a2b"];

    /// <summary>Half of what lies between the names of two curves that end alike.</summary>
    private const double NameUp = 7;

    /// <param name="search">Null: there was none.</param>
    /// <param name="curves">Of the full model, then of the slim one.</param>
    public static string Html(RunResult result, SearchResult? search, IReadOnlyList<LearningCurve> curves)
    {
        var page = new StringBuilder();
        HtmlPage.Begin(page, result.Data);
        page.Append(CultureInfo.InvariantCulture, $"<h1>{HtmlPage.Text(result.Data)}, {HtmlPage.Text(result.Model)}</h1><p class=\"lead\">{HtmlPage.Text(RunSummary.Sentence(result))}</p>");
        Table(page, result);
        page.Append("<div class=\"plots\">");
        Front(page, result);
        Bars(page, result);
        page.Append("</div>");
        if (result.Explanations.Count > 0)
        {
            page.Append("<div class=\"plots\">");
            BytesBefore(page, result);
            Signal(page, result);
            page.Append("</div>");
            Reasons(page, result);
        }

        page.Append("<div class=\"plots\">");
        Calibration(page, result);
        Learning(page, curves);
        page.Append("</div>");
        if (search != null) Search(page, search);
        foreach (var warning in RunSummary.Warnings(result)) page.Append(CultureInfo.InvariantCulture, $"<p>Note: {HtmlPage.Text(warning)}.</p>");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">Seeds {string.Join(", ", result.Seeds)}; threads: {result.Threads}; prepare {result.Seconds.Prepare:F0} s, full {result.Seconds.Full:F0} s, search {result.Seconds.Search:F0} s, trials {result.Seconds.Trials:F0} s, retraining {result.Seconds.Retrain:F0} s, baselines {result.Seconds.Baselines:F0} s. AutoDim {result.Version}. Data fingerprint {result.Fingerprint}. To do it again: <code>autodim run run.yaml --threads {result.Threads}</code>, with the run.yaml beside this page.</p></html>");
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

    /// <summary>Every model of the run by its bytes and AUC; a line joins the Pareto front, those that no other beats in both.</summary>
    private static void Front(StringBuilder page, RunResult result)
    {
        const double Margin = 0.001, Radius = 5;
        VariantResult[] models = [.. RunSummary.Rows(result)];
        if (models.Any(model => model.DeployedEmbeddingBytes == 0)) return; // logarithms have no place for it
        page.Append("<div><h2>Bytes and AUC</h2>");
        var plot = new Plot(
            page, "test AUC of every model against its deployed embedding bytes", 460, 360, new Axis(0.8 * models.Min(model => model.DeployedEmbeddingBytes), 1.25 * models.Max(model => model.DeployedEmbeddingBytes), IsLogarithmic: true),
            new Axis(models.Min(model => model.Auc) - Margin, models.Max(model => model.Auc) + Margin), right: 110).TicksUp("F4").NameX("deployed embedding bytes; up: test AUC; line: Pareto front");
        foreach (var bytes in models.Select(model => model.DeployedEmbeddingBytes).Distinct()) plot.LineUp(bytes, "");
        plot.Curve(models.Where(model => !models.Any(other => Beats(other, model))).OrderBy(model => model.DeployedEmbeddingBytes).Select(model => ((double)model.DeployedEmbeddingBytes, model.Auc)), "slim", "", 0);
        foreach (var model in models) plot.Point(model.DeployedEmbeddingBytes, model.Auc, Radius, model == result.Slim ? "slim" : "full", $"{model.Name}, {ByteSize.Show(model.DeployedEmbeddingBytes)}", $"{model.Name}, {RunSummary.Auc(model)}, {ByteSize.Show(model.DeployedEmbeddingBytes)}");
        plot.End();
        page.Append("</div>");
    }

    private static bool Beats(VariantResult one, VariantResult other)
        => one.DeployedEmbeddingBytes <= other.DeployedEmbeddingBytes && one.Auc >= other.Auc && (one.DeployedEmbeddingBytes < other.DeployedEmbeddingBytes || one.Auc > other.Auc);

    /// <summary>Each field's bytes in the full model and in the slim one, the largest first.</summary>
    private static void BytesBefore(StringBuilder page, RunResult result)
    {
        const int RowHeight = 34, Left = 150, Width = 220;
        (PlanRow Row, long Before)[] fields = [.. result.Plan.Zip(result.Explanations, (row, why) => (row, why.FullBytes)).OrderByDescending(field => field.FullBytes)];
        var largest = Math.Max(1, fields[0].Before);
        double Length(long bytes) => Math.Max(1, (double)Width * bytes / largest);
        page.Append(CultureInfo.InvariantCulture, $"<div><h2>Bytes, before and after</h2><svg viewBox=\"0 0 460 {(fields.Length * RowHeight) + 10}\" role=\"img\" aria-label=\"bytes of every field in the full model and in the slim one\">");
        for (var i = 0; i < fields.Length; i++)
        {
            var ((row, before), y) = (fields[i], i * RowHeight);
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 19}\" text-anchor=\"end\">{HtmlPage.Text(row.Field)}</text><rect class=\"full\" x=\"{Left}\" y=\"{y + 4}\" width=\"{Length(before):F1}\" height=\"10\"/><text class=\"faint\" x=\"{Left + Length(before) + 6:F1}\" y=\"{y + 13}\">{ByteSize.Show(before)}</text><rect class=\"slim\" x=\"{Left}\" y=\"{y + 17}\" width=\"{Length(row.Bytes):F1}\" height=\"10\"/><text x=\"{Left + Length(row.Bytes) + 6:F1}\" y=\"{y + 27}\">{ByteSize.Show(row.Bytes)}</text>");
        }

        page.Append("</svg></div>");
    }

    /// <summary>Dimensions against what might explain them: rows, and how much the field says alone.</summary>
    private static void Signal(StringBuilder page, RunResult result)
    {
        var rows = result.Explanations.Select(why => (double)Math.Max(1, why.Rows)).ToArray();
        var aucs = result.Explanations.Select(why => why.SingleFieldAuc).ToArray();
        page.Append("<div><h2>Rows, signal, dimension</h2>");
        var plot = new Plot(page, "validation AUC of each field alone against its rows; circles grow with the dimension", 460, 360, new Axis(0.7 * rows.Min(), 1.6 * rows.Max(), IsLogarithmic: true), new Axis(Math.Min(0.5, aucs.Min()), aucs.Max() + 0.01), right: 90).TicksUp("F2").TicksAlong("N0").NameX("rows; up: validation AUC of the field alone");
        foreach (var m in Enumerable.Range(0, rows.Length).OrderByDescending(m => aucs[m]))
        {
            var name = $"{result.Plan[m].Field} {result.Plan[m].Dim}";
            plot.Point(rows[m], aucs[m], 2 + (2 * Math.Sqrt(result.Plan[m].Dim)), "slim", name, name);
        }

        plot.End();
        page.Append("</div>");
    }

    /// <summary>Observed against predicted rates of clicks on the test split.</summary>
    private static void Calibration(StringBuilder page, RunResult result)
    {
        var bins = result.Slim.CalibrationBins;
        if (bins.Count == 0) return;
        var most = bins.Concat(result.Full.CalibrationBins).Max(bin => Math.Max(bin.Predicted, bin.Observed));
        page.Append("<div><h2>Calibration on the test split</h2>");
        var axis = new Axis(0, most);
        var plot = new Plot(page, "observed rate of clicks against the predicted one", 460, 360, axis, axis, right: 60).TicksUp("P0").TicksAlong("P0").NameX("predicted; up: observed; as many rows in every point");
        plot.Draw($"<line class=\"ink dashed\" x1=\"{plot.X(0):F1}\" y1=\"{plot.Y(0):F1}\" x2=\"{plot.X(most):F1}\" y2=\"{plot.Y(most):F1}\"/>");
        plot.Curve(result.Full.CalibrationBins.Select(bin => (bin.Predicted, bin.Observed)), "full", "full", NameUp);
        plot.Curve(bins.Select(bin => (bin.Predicted, bin.Observed)), "slim", "slim", -NameUp);
        plot.End();
        page.Append("</div>");
    }

    private static void Learning(StringBuilder page, IReadOnlyList<LearningCurve> curves)
    {
        var points = curves.SelectMany(curve => curve.ValidAucs).ToArray();
        if (points.Length == 0) return;
        page.Append("<div><h2>Validation AUC by epoch</h2>");
        var plot = new Plot(page, "validation AUC by epoch", 460, 360, new Axis(1, Math.Max(2, curves.Max(curve => curve.ValidAucs.Count))), new Axis(points.Min(), points.Max()), right: 60).TicksUp("F4").TicksAlong("F0").NameX("epoch of the first seed, before rows are packed");
        foreach (var (curve, style, up) in curves.Zip((string[])["full", "slim"], (double[])[NameUp, -NameUp])) plot.Curve(curve.ValidAucs.Select((auc, i) => (i + 1.0, auc)), style, curve.Name, up);
        plot.End();
        page.Append("</div>");
    }

    /// <summary>Why each field has its dimension.</summary>
    private static void Reasons(StringBuilder page, RunResult result)
    {
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
        const int RowHeight = 22, Left = 150, Width = 100;
        var largest = Math.Max(1, result.Plan.Max(row => row.Dim));
        page.Append(CultureInfo.InvariantCulture, $"<div><h2>Dimensions</h2><svg viewBox=\"0 0 460 {(result.Plan.Count * RowHeight) + 10}\" role=\"img\" aria-label=\"dimension of every field\">");
        for (var m = 0; m < result.Plan.Count; m++)
        {
            var (row, y) = (result.Plan[m], m * RowHeight);
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 16}\" text-anchor=\"end\">{HtmlPage.Text(row.Field)}</text><rect x=\"{Left}\" y=\"{y + 4}\" width=\"{Math.Max(2, Width * row.Dim / largest)}\" height=\"15\" rx=\"2\" class=\"slim\"/><text x=\"{Left + Math.Max(2, Width * row.Dim / largest) + 8}\" y=\"{y + 16}\">{row.Dim} × {row.Rows:N0} rows, {ByteSize.Show(row.Bytes)}</text>");
        }

        page.Append("</svg></div>");
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

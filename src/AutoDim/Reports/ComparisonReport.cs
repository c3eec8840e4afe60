using System.Globalization;
using System.Text;
using AutoDim.Embeddings;
using AutoDim.Runs;
using AutoDim.Settings;

namespace AutoDim.Reports;

/// <summary>report.html of a comparison: bytes against AUC, the answers in words, and every figure.</summary>
internal static class ComparisonReport
{
    private const double Width = 860, Height = 420, Right = 180;

    /// <summary>AUC below the best model's at which the plot ends; what lies lower is drawn on its floor.</summary>
    private const double DeepestLoss = 0.03;

    /// <summary>By method, in the catalogue's order: neighbours differ in hue and lightness.</summary>
    private static readonly string[] Colours = ["#66727f", "#b9a44c", "#8c564b", "#d2691e", "#1f77b4", "#9467bd", "#7fbfa5", "#134f57", "#c2255c", "#2f9e44", "#5f3dc4", "#e8590c"];

    public static string Html(ComparisonResult result)
    {
        var page = new StringBuilder();
        HtmlPage.Begin(page, result.Data);
        page.Append(CultureInfo.InvariantCulture, $"<h1>{HtmlPage.Text(result.Data)}: bytes and AUC</h1>");
        if (ComparisonSummary.WhereBytesAre(result.Fields) is { Length: > 0 } where) page.Append(CultureInfo.InvariantCulture, $"<p>{HtmlPage.Text(where)}</p>");
        foreach (var model in result.Models)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{HtmlPage.Text(model.Model)}</h2>");
            foreach (var sentence in ComparisonSummary.Sentences(model, result.Seeds.Count)) page.Append(CultureInfo.InvariantCulture, $"<p>{HtmlPage.Text(sentence)}</p>");
            Plot(page, model);
            Table(page, model);
        }

        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">Answers are chosen on the validation split; AUC is the test split's, read once. Seeds {string.Join(", ", result.Seeds)}; threads: {result.Threads}. AutoDim {result.Version}. Data fingerprint {result.Fingerprint}.</p></html>");
        return page.ToString();
    }

    private static void Plot(StringBuilder page, ModelComparison model)
    {
        var (full, contenders) = (model.Full, model.Contenders);
        double[] bytes = [.. contenders.Select(contender => (double)contender.Result.DeployedEmbeddingBytes), full.DeployedEmbeddingBytes];
        double[] aucs = [.. contenders.Select(contender => contender.Result.Auc), full.Auc];
        var ceiling = aucs.Max() + 0.001;
        var floor = Math.Max(aucs.Min() - 0.001, ceiling - DeepestLoss);
        var plot = new Plot(page, "test AUC against deployed embedding bytes", Width, Height, new Axis(0.95 * bytes.Min(), 1.05 * bytes.Max(), IsLogarithmic: true), new Axis(floor, ceiling), Right).TicksUp("F4");
        double Y(double auc) => plot.Y(Math.Max(auc, floor));
        foreach (var budget in contenders.Select(contender => (contender.BudgetBytes, contender.Budget)).Distinct()) plot.LineUp(budget.BudgetBytes, budget.Budget, ByteSize.Show(budget.BudgetBytes));
        plot.Draw($"<line class=\"ink dashed\" x1=\"{plot.X(0.95 * bytes.Min()):F1}\" x2=\"{plot.Beside}\" y1=\"{Y(full.Auc):F1}\" y2=\"{Y(full.Auc):F1}\"/><text x=\"{plot.Beside + 6}\" y=\"{Y(full.Auc) + 4:F1}\">full, {ByteSize.Show(full.DeployedEmbeddingBytes)}</text>");
        string[] methods = [.. contenders.Select(contender => contender.Method).Distinct()];
        foreach (var contender in contenders)
        {
            var (x, y, colour) = (plot.X(contender.Result.DeployedEmbeddingBytes), Y(contender.Result.Auc), Colours[Array.IndexOf(methods, contender.Method) % Colours.Length]);
            plot.Draw($"<line x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{Y(contender.Result.Auc - contender.Result.AucStd):F1}\" y2=\"{Y(contender.Result.Auc + contender.Result.AucStd):F1}\" stroke=\"{colour}\"/><g fill=\"{colour}\">{Marker(contender.Storage, x, y)}<title>{HtmlPage.Text(contender.Name)}, {RunSummary.Auc(contender.Result)}, {ByteSize.Show(contender.Result.DeployedEmbeddingBytes)}</title></g>");
        }

        Legend(plot, methods, [.. contenders.Select(contender => contender.Storage).Distinct()]);
        plot.End();
    }

    private static string Marker(RowStorage storage, double x, double y)
    {
        FormattableString shape = storage switch
        {
            RowStorage.Float32 => $"<circle cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4.5\"/>",
            RowStorage.Float16 => $"<path d=\"M{x:F1} {y - 5.5:F1}l5.5 5.5l-5.5 5.5l-5.5 -5.5z\"/>",
            RowStorage.Int8 => $"<rect x=\"{x - 4:F1}\" y=\"{y - 4:F1}\" width=\"8\" height=\"8\"/>",
            RowStorage.Int4 => $"<path d=\"M{x:F1} {y - 5:F1}l5 9h-10z\"/>",
            RowStorage.Int2 => $"<path d=\"M{x - 4:F1} {y - 4:F1}l8 8m0 -8l-8 8\" stroke=\"currentColor\" stroke-width=\"2\"/>",
            _ => $"<path d=\"M{x:F1} {y + 5:F1}l5 -9h-10z\"/>",
        };
        return shape.ToString(CultureInfo.InvariantCulture);
    }

    private static void Legend(Plot plot, string[] methods, RowStorage[] storages)
    {
        var (x, y) = (plot.Beside + 20, 60);
        for (var i = 0; i < methods.Length; i++, y += 18)
        {
            plot.Draw($"<rect x=\"{x}\" y=\"{y - 9}\" width=\"10\" height=\"10\" fill=\"{Colours[i % Colours.Length]}\"/><text x=\"{x + 18}\" y=\"{y}\">{HtmlPage.Text(methods[i])}</text>");
        }

        foreach (var storage in storages)
        {
            y += 18;
            plot.Draw($"<g class=\"ink\">{Marker(storage, x + 5, y - 4)}</g><text x=\"{x + 18}\" y=\"{y}\">{SettingText.Write(storage)}</text>");
        }
    }

    private static void Table(StringBuilder page, ModelComparison model)
    {
        page.Append("<div class=\"wide\"><table><tr><th>within</th><th>method</th><th>test AUC</th><th>to full, 95%</th><th>to uniform, 95%</th><th>logloss</th><th>deployed</th><th>search</th><th>dimensions</th></tr>");
        var answers = model.Answers.ToHashSet();
        foreach (var contender in model.Ranked)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr{(answers.Contains(contender) ? " class=\"slim\"" : "")}><td>{HtmlPage.Text(contender.Budget)}</td><td>{HtmlPage.Text(contender.Name)}</td><td>{RunSummary.Auc(contender.Result)}</td><td>{ComparisonSummary.Signed(contender.Result.AucDelta)} {ComparisonSummary.Interval(contender.Result.AucDeltaInterval)}</td><td>{ComparisonSummary.Signed(contender.UniformDelta)} {ComparisonSummary.Interval(contender.UniformDeltaInterval)}</td><td>{contender.Result.Logloss:F4}</td><td>{ByteSize.Show(contender.Result.DeployedEmbeddingBytes)}</td><td>{contender.SearchSeconds:F0} s</td><td>{string.Join(' ', contender.Result.Dims)}</td></tr>");
        }

        page.Append("</table></div>");
    }
}

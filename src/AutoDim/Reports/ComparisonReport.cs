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

    /// <summary>AUC above the best and below the worst.</summary>
    private const double Margin = 0.001;

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
            page.Append(CultureInfo.InvariantCulture, $"<h2>{HtmlPage.Text(model.Name)}</h2>");
            foreach (var sentence in ComparisonSummary.Sentences(model, result.Seeds.Count)) page.Append(CultureInfo.InvariantCulture, $"<p>{HtmlPage.Text(sentence)}</p>");
            PlotBytes(page, model);
            PlotTime(page, model);
            Table(page, model);
        }

        page.Append(CultureInfo.InvariantCulture, $"<p class=\"quiet\">Answers are chosen on the validation split; AUC is the test split's, read once. Seeds {string.Join(", ", result.Seeds)}; threads: {result.Threads}. AutoDim {result.Version}. Data fingerprint {result.Fingerprint}.</p></html>");
        return page.ToString();
    }

    private static void PlotBytes(StringBuilder page, ModelComparison model)
    {
        double[] bytes = [.. Results(model).Select(result => (double)result.DeployedEmbeddingBytes)];
        var plot = NewPlot(page, model, "test AUC against deployed embedding bytes", new Axis(0.95 * bytes.Min(), 1.05 * bytes.Max(), IsLogarithmic: true));
        foreach (var budget in model.Contenders.Select(contender => (contender.BudgetBytes, contender.Budget)).Distinct()) plot.LineUp(budget.BudgetBytes, budget.Budget, ByteSize.Show(budget.BudgetBytes));
        Draw(plot, model, result => result.DeployedEmbeddingBytes, result => ByteSize.Show(result.DeployedEmbeddingBytes));
    }

    private static void PlotTime(StringBuilder page, ModelComparison model)
    {
        double[] times = [.. Results(model).Select(result => result.ScoringMicroseconds)];
        if (times.Min() == 0) return; // files of before have none
        var plot = NewPlot(page, model, "test AUC against the time to score a sample", new Axis(0, 1.05 * times.Max())).TicksAlong("0.##").NameX("microseconds to score a sample, in batches");
        Draw(plot, model, result => result.ScoringMicroseconds, result => result.ScoringMicroseconds.ToString("0.## µs", CultureInfo.InvariantCulture));
    }

    private static IEnumerable<VariantResult> Results(ModelComparison model) => model.Contenders.Select(contender => contender.Result).Append(model.Full);

    private static double FloorOf(ModelComparison model) => Math.Max(Results(model).Min(result => result.Auc) - Margin, Results(model).Max(result => result.Auc) + Margin - DeepestLoss);

    private static Plot NewPlot(StringBuilder page, ModelComparison model, string label, Axis x)
        => new Plot(page, label, Width, Height, x, new Axis(FloorOf(model), Results(model).Max(result => result.Auc) + Margin), Right).TicksUp("F4");

    /// <summary>The full model as a line across, every contender as a mark with the deviation of its seeds.</summary>
    /// <param name="place">Along x.</param>
    /// <param name="show">That in words.</param>
    private static void Draw(Plot plot, ModelComparison model, Func<VariantResult, double> place, Func<VariantResult, string> show)
    {
        var floor = FloorOf(model);
        double Y(double auc) => plot.Y(Math.Max(auc, floor));
        plot.Draw($"<line class=\"ink dashed\" x1=\"{plot.Start}\" x2=\"{plot.Beside}\" y1=\"{Y(model.Full.Auc):F1}\" y2=\"{Y(model.Full.Auc):F1}\"/><text x=\"{plot.Beside + 6}\" y=\"{Y(model.Full.Auc) + 4:F1}\">full, {show(model.Full)}</text>");
        string[] methods = [.. model.Contenders.Select(contender => contender.Method).Distinct()];
        foreach (var contender in model.Contenders)
        {
            var (result, colour) = (contender.Result, Colours[Array.IndexOf(methods, contender.Method) % Colours.Length]);
            var (x, y) = (plot.X(place(result)), Y(result.Auc));
            plot.Draw($"<line x1=\"{x:F1}\" x2=\"{x:F1}\" y1=\"{Y(result.Auc - result.AucStd):F1}\" y2=\"{Y(result.Auc + result.AucStd):F1}\" stroke=\"{colour}\"/><g fill=\"{colour}\">{Marker(contender.Storage, x, y)}<title>{HtmlPage.Text(contender.Name)}, {RunSummary.Auc(result)}, {show(result)}</title></g>");
        }

        Legend(plot, methods, [.. model.Contenders.Select(contender => contender.Storage).Distinct()]);
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
            RowStorage.Int3 => $"<path d=\"M{x:F1} {y - 5:F1}v10m-5 -5h10\" stroke=\"currentColor\" stroke-width=\"2\"/>",
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
        page.Append("<div class=\"wide\"><table><tr><th>within</th><th>method</th><th>test AUC</th><th>to full, 95%</th><th>to uniform, 95%</th><th>logloss</th><th>deployed</th><th>to score</th><th>search</th><th>dimensions</th></tr>");
        var answers = model.Answers.ToHashSet();
        foreach (var contender in model.Ranked)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr{(answers.Contains(contender) ? " class=\"slim\"" : "")}><td>{HtmlPage.Text(contender.Budget)}</td><td>{HtmlPage.Text(contender.Name)}</td><td>{RunSummary.Auc(contender.Result)}</td><td>{ComparisonSummary.Signed(contender.Result.AucDelta)} {ComparisonSummary.Interval(contender.Result.AucDeltaInterval)}</td><td>{ComparisonSummary.Signed(contender.UniformDelta)} {ComparisonSummary.Interval(contender.UniformDeltaInterval)}</td><td>{contender.Result.Logloss:F4}</td><td>{ByteSize.Show(contender.Result.DeployedEmbeddingBytes)}</td><td>{contender.Result.ScoringMicroseconds:0.##} µs</td><td>{ComparisonSummary.Search(contender)}</td><td>{string.Join(' ', contender.Result.Dims)}</td></tr>");
        }

        page.Append("</table></div>");
    }
}

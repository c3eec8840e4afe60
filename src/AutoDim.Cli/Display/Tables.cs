using System.Globalization;
using AutoDim.Reports;
using AutoDim.Runs;
using Spectre.Console;

namespace AutoDim.Cli.Display;

/// <summary>Results as tables for the terminal.</summary>
internal static class Tables
{
    public static Table Variants(RunResult result)
    {
        var table = New("model", "test AUC", "logloss", "embedding bytes", "deployed", "of full", "table L2");
        foreach (var row in RunSummary.Rows(result))
        {
            var style = row == result.Slim ? "[bold green]" : "[default]";
            string[] cells = [row.Name, RunSummary.Auc(row), Text($"{row.Logloss:F4}"), ByteSize.Show(row.EmbeddingBytes), ByteSize.Show(row.DeployedEmbeddingBytes), Text($"{(double)row.EmbeddingBytes / result.Full.EmbeddingBytes:P0}"), Text($"{row.TableL2:G3}")];
            table.AddRow([.. cells.Select(cell => $"{style}{Markup.Escape(cell)}[/]")]);
        }

        return table;
    }

    /// <summary>A comparison's contenders by budget, the best first; each budget's answer is green.</summary>
    public static Table Comparison(ModelComparison model)
    {
        var table = New($"{model.Model}, within", "method", "test AUC", "to full, 95%", "to uniform, 95%", "deployed", "search");
        var answers = model.Answers.ToHashSet();
        table.AddRow("any", "full", RunSummary.Auc(model.Full), "", "", ByteSize.Show(model.Full.DeployedEmbeddingBytes), $"training {ComparisonSummary.Training(model.Full)}");
        foreach (var contender in model.Ranked)
        {
            var (result, style) = (contender.Result, answers.Contains(contender) ? "[bold green]" : "[default]");
            string[] cells =
            [
                contender.Budget, contender.Name, RunSummary.Auc(result), $"{ComparisonSummary.Signed(result.AucDelta)} {ComparisonSummary.Interval(result.AucDeltaInterval)}",
                $"{ComparisonSummary.Signed(contender.UniformDelta)} {ComparisonSummary.Interval(contender.UniformDeltaInterval)}", ByteSize.Show(result.DeployedEmbeddingBytes), ComparisonSummary.Search(contender),
            ];
            table.AddRow([.. cells.Select(cell => $"{style}{Markup.Escape(cell)}[/]")]);
        }

        return table;
    }

    /// <summary>Everything within one budget in the layout of AutoDim's paper (Zhao et al., 2021, table 2): a row for each model, AUC / logloss / millions of embedding parameters.</summary>
    public static Table Paper(ComparisonResult result, string budget)
    {
        string[] names = [.. result.Models.SelectMany(model => model.Contenders).Where(contender => contender.Budget == budget).Select(contender => contender.Name).Distinct()];
        var table = New([$"within {budget}", "FDE", .. names]);
        foreach (var model in result.Models)
        {
            var found = model.Contenders.Where(contender => contender.Budget == budget).ToDictionary(contender => contender.Name, contender => contender.Result);
            table.AddRow([model.Model, Cell(model.Full), .. names.Select(name => found.TryGetValue(name, out var contender) ? Cell(contender) : "–")]);
        }

        return table;

        static string Cell(VariantResult variant) => Text($"{variant.Auc:F4} / {variant.Logloss:F4} / {variant.EmbeddingParameters / 1e6:G3}");
    }

    public static Table Plan(IEnumerable<PlanRow> plan)
    {
        PlanRow[] rows = [.. plan];
        var (folds, forms) = (rows.Any(row => row.MinCount > 1), rows.Any(row => row.Form != null));
        var table = New(["field", "rows", .. folds ? ["rare below"] : (string[])[], .. forms ? ["form"] : (string[])[], "dimension", "bytes", ""]);
        table.Columns[^1].Alignment = Justify.Left;
        var largest = Math.Max(1, rows.Max(row => row.Dim));
        foreach (var row in rows)
        {
            table.AddRow(
            [
                Markup.Escape(row.Field), Text($"{row.Rows:N0}"), .. folds ? [row.MinCount > 1 ? Text($"{row.MinCount:N0}") : ""] : (string[])[], .. forms ? [row.Form?.Text ?? ""] : (string[])[],
                Text($"{row.Dim}"), ByteSize.Show(row.Bytes), $"[green]{new string('█', Math.Max(row.Dim > 0 ? 1 : 0, 24 * row.Dim / largest))}[/]",
            ]);
        }

        return table;
    }

    /// <summary>A table whose first column is text and whose others are numbers.</summary>
    public static Table New(params string[] headings)
    {
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = false };
        for (var i = 0; i < headings.Length; i++) table.AddColumn(new TableColumn(Markup.Escape(headings[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right, NoWrap = true });
        return table;
    }

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

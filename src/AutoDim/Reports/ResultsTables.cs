using System.Globalization;
using System.Text;
using AutoDim.Demo;
using AutoDim.Evaluation;
using AutoDim.Runs;

namespace AutoDim.Reports;

/// <summary>Tables of many runs in Markdown, for docs/results.md.</summary>
internal static class ResultsTables
{
    /// <summary>Trainings beside somebody else's figures on the same files.</summary>
    /// <param name="references">By "data/model".</param>
    public static string Trainings(IEnumerable<TrainJobResult> trainings, IReadOnlyDictionary<string, Reference> references)
    {
        var text = new StringBuilder("| data | model | parameters | test AUC | logloss | table L2 | PyTorch, same files | published | difference to the better |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var training in trainings)
        {
            if (training.Test is not { } test) continue;
            var (same, published) = references.GetValueOrDefault($"{training.Data}/{test.Name}") ?? new Reference(null, null);
            double? better = same is { } a && published is { } b ? Math.Max(a, b) : same ?? published;
            text.Append(CultureInfo.InvariantCulture, $"| {training.Data} | {test.Name} | {test.Parameters:N0} | {RunSummary.Auc(test)} | {test.Logloss:F4} | {test.TableL2:G3} | {Show(same)} | {Show(published)} | {(better is { } reference ? Signed(test.Auc - reference) : "–")} |\n");
        }

        return text.ToString();
    }

    /// <summary>Every model on the same data, the best first.</summary>
    public static string Zoo(IEnumerable<TrainJobResult> trainings)
    {
        var text = new StringBuilder("| data | model | test AUC | logloss | parameters | table bytes | table L2 |\n|---|---|---|---|---|---|---|\n");
        foreach (var training in trainings.Where(training => training.Test != null).OrderBy(training => training.Data, StringComparer.Ordinal).ThenByDescending(training => training.Test!.Auc))
        {
            var test = training.Test!;
            text.Append(CultureInfo.InvariantCulture, $"| {training.Data} | {test.Name} | {RunSummary.Auc(test)} | {test.Logloss:F4} | {test.Parameters:N0} | {test.EmbeddingBytes:N0} | {test.TableL2:G3} |\n");
        }

        return text.ToString();
    }

    /// <summary>A plan that another model's search found, beside uniform dimensions: full, and of equal bytes.</summary>
    /// <param name="trainings">Per data and model, two of uniform dimensions and one of the plan's.</param>
    public static string Transfer(IEnumerable<TrainJobResult> trainings)
    {
        var text = new StringBuilder("| data | model | full AUC | AUC with the plan | uniform AUC, equal bytes | plan less full, 95% | plan less uniform, 95% | table bytes, of full | dimensions |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var group in trainings.Where(training => training.Test != null).GroupBy(training => (training.Data, training.Test!.Name)))
        {
            var tests = group.Select(training => training.Test!).OrderByDescending(test => test.EmbeddingBytes).ToLookup(test => test.Dims.Distinct().Count() == 1);
            if (tests[true].ToArray() is not [var full, var equal] || tests[false].SingleOrDefault() is not { } plan) continue;
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key.Data} | {plan.Name} | {RunSummary.Auc(full)} | {RunSummary.Auc(plan)} | {RunSummary.Auc(equal)} | {Difference(plan, full)} | {Difference(plan, equal)} | {(double)plan.EmbeddingBytes / full.EmbeddingBytes:P0} | {string.Join(' ', plan.Dims)} |\n");
        }

        return text.ToString();

        string Difference(VariantResult first, VariantResult second)
        {
            var interval = SeedStatistics.Difference(first.Aucs, second.Aucs);
            return Signed(interval.Difference, [interval.Low, interval.High]);
        }
    }

    /// <summary>Methods within the same bytes, by model and budget, the best first; each budget's answer is bold.</summary>
    /// <param name="file">Its name, which tells comparisons of one data set apart.</param>
    public static string Comparison(string file, ComparisonResult comparison)
    {
        var text = new StringBuilder();
        foreach (var model in comparison.Models)
        {
            text.Append(CultureInfo.InvariantCulture, $"### {comparison.Data}, {model.Name}\n\n`{file}`. Seeds {string.Join(", ", comparison.Seeds)}. Full model: {RunSummary.Auc(model.Full)}, {model.Full.DeployedEmbeddingBytes:N0} bytes, a training {ComparisonSummary.Training(model.Full)}.\n\n");
            text.Append("| within | method | test AUC | difference to full, 95% | difference to uniform, 95% | deployed bytes | search | dimensions |\n|---|---|---|---|---|---|---|---|\n");
            var answers = model.Answers.ToHashSet();
            foreach (var contender in model.Ranked)
            {
                var (result, name) = (contender.Result, answers.Contains(contender) ? $"**{contender.Name}**" : contender.Name);
                text.Append(CultureInfo.InvariantCulture, $"| {contender.Budget} | {name} | {RunSummary.Auc(result)} | {Signed(result.AucDelta, result.AucDeltaInterval!)} | {(contender.UniformDelta is { } delta ? Signed(delta, contender.UniformDeltaInterval!) : "")} | {result.DeployedEmbeddingBytes:N0} | {ComparisonSummary.Search(contender)} | {string.Join(' ', result.Dims)} |\n");
            }
        }

        return text.ToString();
    }

    /// <summary>One run: every variant with its difference to the full model.</summary>
    public static string Run(RunResult run)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"### {run.Data}, {run.Model}\n\n{run.Seeds.Count} seeds. {RunSummary.Sentence(run)}");
        if (run is { UniformDelta: { } versus, UniformDeltaInterval: [var low, var high] })
        {
            text.Append(CultureInfo.InvariantCulture, $" Against the uniform model nearest in bytes: {ComparisonSummary.Signed(versus, digits: 5)} ({ComparisonSummary.Signed(low, digits: 5)} to {ComparisonSummary.Signed(high, digits: 5)}).");
        }

        text.Append("\n\n| variant | test AUC | difference to full, 95% | logloss | table bytes | of full | table L2 |\n|---|---|---|---|---|---|---|\n");
        foreach (var row in RunSummary.Rows(run).OrderByDescending(row => row.EmbeddingBytes))
        {
            var delta = row.AucDeltaInterval is { } interval ? Signed(row.AucDelta, interval) : "";
            var name = row.Name switch { "slim" => "**AutoDim**", "autodim-s" => "AutoDim-s", "autodim-argmax" => "AutoDim argmax", _ => row.Name.Replace("autodim-", "AutoDim within ", StringComparison.Ordinal) };
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {RunSummary.Auc(row)} | {delta} | {row.Logloss:F4} | {row.EmbeddingBytes:N0} | {(double)row.EmbeddingBytes / run.Full.EmbeddingBytes:P0} | {row.TableL2:G3} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nDimensions: {string.Join(", ", run.Plan.Select(row => $"{row.Field} {row.Dim}"))}.\n");
        return text.ToString();
    }

    /// <summary>Demos with planted dimensions, one per seed.</summary>
    public static string Demos(IEnumerable<RunResult> demos)
    {
        var text = new StringBuilder("| seed | rank correlation, planted and found | full AUC | AutoDim AUC | difference, 95% | nearest uniform AUC | table bytes, of full | found (planted) |\n|---|---|---|---|---|---|---|---|\n");
        foreach (var demo in demos)
        {
            var correlation = PlantedLog.RankCorrelation([.. demo.Plan.Select(row => row.Dim)]);
            var found = string.Join(", ", demo.Plan.Zip(PlantedLog.Fields, (row, planted) => $"{row.Dim} ({planted.Dim})"));
            text.Append(CultureInfo.InvariantCulture, $"| {demo.Seeds[0]} | {correlation:F2} | {demo.Full.Auc:F4} | {demo.Slim.Auc:F4} | {Signed(demo.AucDelta, demo.AucDeltaInterval)} | {demo.Uniform[0].Auc:F4} | {1 / demo.Ratio:P0} | {found} |\n");
        }

        return text.ToString();
    }

    /// <summary>Default runs, one seed each.</summary>
    public static string Defaults(IEnumerable<RunResult> runs)
    {
        var text = new StringBuilder("| data | model | full AUC | AutoDim AUC | difference, 95% | nearest uniform AUC | AutoDim less uniform, 95% | table bytes, of full | dimensions |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var run in runs)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {run.Data} | {run.Model} | {run.Full.Auc:F4} | {run.Slim.Auc:F4} | {Signed(run.AucDelta, run.AucDeltaInterval)} | {run.Uniform[0].Auc:F4} | {Signed(run.UniformDelta!.Value, run.UniformDeltaInterval!)} | {1 / run.Ratio:P0} | {string.Join(' ', run.Plan.Select(row => row.Dim))} |\n");
        }

        return text.ToString();
    }

    /// <summary>How far searches with different seeds agree: Pearson's correlation of the dimensions, averaged over pairs.</summary>
    /// <param name="searches">By data and model, each seed's dimensions.</param>
    public static string Agreement(IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyList<int>>> searches)
    {
        var text = new StringBuilder("| search | seeds | mean Pearson correlation of dimensions | dimensions by seed |\n|---|---|---|---|\n");
        foreach (var (name, plans) in searches.Where(search => search.Value.Count > 1))
        {
            var pairs = from i in Enumerable.Range(0, plans.Count)
                        from j in Enumerable.Range(i + 1, plans.Count - i - 1)
                        select SeedStatistics.Pearson([.. plans[i].Select(dim => (double)dim)], [.. plans[j].Select(dim => (double)dim)]);
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {plans.Count} | {pairs.Average():F2} | {string.Join("; ", plans.Select(plan => string.Join(' ', plan)))} |\n");
        }

        return text.ToString();
    }

    private static string Signed(double difference, IReadOnlyList<double> interval) => $"{Signed(difference)} {ComparisonSummary.Interval(interval)}";

    private static string Show(double? auc) => auc?.ToString("F4", CultureInfo.InvariantCulture) ?? "–";

    private static string Signed(double value) => ComparisonSummary.Signed(value);
}

/// <summary>Somebody else's AUC.</summary>
/// <param name="SameFiles">PyTorch's on exactly the same files.</param>
/// <param name="Published">The public benchmark's, on its own draw of the negatives.</param>
internal sealed record Reference(double? SameFiles, double? Published);

using System.Globalization;
using System.Text;
using AutoDim.Runs;

namespace AutoDim.Reports;

/// <summary>The best that is to be had at each size, of all comparisons of a data set and model together, in Markdown for docs/frontier.md.</summary>
internal static class FrontierTables
{
    /// <summary>A table for each data set, model and number of seeds: the contenders that none with as few bytes beats on validation, the largest first, with what they have on test.</summary>
    public static string Of(IEnumerable<ComparisonResult> comparisons)
    {
        var groups = comparisons.SelectMany(comparison => comparison.Models.Select(model => (comparison.Data, comparison.Fingerprint, comparison.Seeds, Compared: model)))
            .GroupBy(item => (item.Fingerprint, Model: item.Compared.Name, Seeds: item.Seeds.Count))
            .OrderBy(group => group.First().Data, StringComparer.Ordinal).ThenBy(group => group.Key.Model, StringComparer.Ordinal).ThenByDescending(group => group.Key.Seeds);
        var text = new StringBuilder();
        foreach (var group in groups)
        {
            var full = group.First().Compared.Full;
            text.Append(CultureInfo.InvariantCulture, $"### {group.First().Data}, {group.Key.Model}, {(group.Key.Seeds == 1 ? "one seed" : $"{group.Key.Seeds} seeds")}\n\n");
            text.Append("| times smaller | deployed bytes | method | test AUC | difference to full, 95% | difference to uniform, 95% | to find it |\n|---|---|---|---|---|---|---|\n");
            text.Append(CultureInfo.InvariantCulture, $"| 1 | {full.DeployedEmbeddingBytes:N0} | full: {full.Dims.Max()} dimensions, float32 | {RunSummary.Auc(full)} | | | training {ComparisonSummary.Training(full)} |\n");
            foreach (var contender in Undominated(group.SelectMany(item => item.Compared.Contenders)))
            {
                var result = contender.Result;
                var uniform = contender.UniformDelta is { } delta ? $"{ComparisonSummary.Signed(delta)} {ComparisonSummary.Interval(contender.UniformDeltaInterval)}" : "";
                text.Append(CultureInfo.InvariantCulture, $"| {(double)full.DeployedEmbeddingBytes / result.DeployedEmbeddingBytes:F1} | {result.DeployedEmbeddingBytes:N0} | {contender.Name} | {RunSummary.Auc(result)} | {ComparisonSummary.Signed(result.AucDelta)} {ComparisonSummary.Interval(result.AucDeltaInterval)} | {uniform} | {ComparisonSummary.Search(contender)} |\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Those that no other with as few bytes has as good a validation AUC as, the largest first.</summary>
    internal static IReadOnlyList<Contender> Undominated(IEnumerable<Contender> contenders)
    {
        List<Contender> best = [];
        foreach (var contender in contenders.OrderBy(contender => contender.Result.DeployedEmbeddingBytes).ThenByDescending(contender => contender.Result.ValidAuc))
        {
            if (best.Count == 0 || contender.Result.ValidAuc > best[^1].Result.ValidAuc) best.Add(contender);
        }

        best.Reverse();
        return best;
    }
}

using System.Globalization;
using System.Text;
using AutoDim.Evaluation;
using AutoDim.Runs;
using AutoDim.Settings;

namespace AutoDim.Reports;

/// <summary>What a teacher is worth: models trained with one beside the same models trained without, of the same comparisons made with and without, in Markdown for docs/results.md.</summary>
internal static class TeacherTable
{
    /// <summary>A row for each taught contender that has an untaught twin beside the same full model, and a mean over all of a data set, model and share.</summary>
    public static string Of(IEnumerable<ComparisonResult> comparisons)
    {
        var all = comparisons.Where(comparison => comparison.Seeds.Count > 1)
            .SelectMany(comparison => comparison.Models.SelectMany(model => model.Contenders.Select(contender => new Entry(comparison.Data, model.Name, string.Join(' ', model.Full.Aucs), contender)))).ToArray();
        var untaught = all.Where(entry => entry.Share == 0).ToLookup(entry => entry.Key);
        var groups = all.Where(entry => entry.Share > 0).SelectMany(entry => untaught[entry.Key].Take(1), (entry, twin) => (Taught: entry, Twin: twin))
            .GroupBy(pair => (pair.Taught.Data, pair.Taught.Model, pair.Taught.Share)).OrderBy(group => group.Key);
        var text = new StringBuilder("| data, model | teacher's share | within | contender | without: test AUC | logloss | with: test AUC | logloss | difference of AUC, 95% |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (var group in groups)
        {
            var start = $"{group.Key.Data}, {group.Key.Model} | {SettingText.Write(group.Key.Share)}";
            foreach (var (taught, twin) in group)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {start} | {taught.Contender.Budget} | {twin.Contender.Name} | {RunSummary.Auc(twin.Result)} | {twin.Result.Logloss:F4} | {RunSummary.Auc(taught.Result)} | {taught.Result.Logloss:F4} | {Show(taught.Result.Aucs, twin.Result.Aucs)} |\n");
            }

            double[] MeanOf(Func<(Entry Taught, Entry Twin), VariantResult> side) => [.. side(group.First()).Aucs.Select((_, seed) => group.Average(pair => side(pair).Aucs[seed]))];
            double Logloss(Func<(Entry Taught, Entry Twin), VariantResult> side) => group.Average(pair => side(pair).Logloss);
            var (with, without) = (MeanOf(pair => pair.Taught.Result), MeanOf(pair => pair.Twin.Result));
            text.Append(CultureInfo.InvariantCulture, $"| {start} | | **mean** | {without.Average():F5} | {Logloss(pair => pair.Twin.Result):F4} | {with.Average():F5} | {Logloss(pair => pair.Taught.Result):F4} | {Show(with, without)} |\n");
        }

        return text.ToString();
    }

    private static string Show(IReadOnlyList<double> with, IReadOnlyList<double> without)
    {
        var difference = SeedStatistics.Difference(with, without);
        return $"{ComparisonSummary.Signed(difference.Difference)} {ComparisonSummary.Interval([difference.Low, difference.High])}";
    }

    private sealed record Entry(string Data, string Model, string FullAucs, Contender Contender)
    {
        public VariantResult Result => Contender.Result;

        public double Share => Contender.Result.Distillation;

        /// <summary>Two contenders of one key differ in nothing but the teacher.</summary>
        public string Key => string.Join('|', [Data, Model, FullAucs, Contender.Method, Contender.Storage, Contender.Budget, .. Result.Dims]);
    }
}

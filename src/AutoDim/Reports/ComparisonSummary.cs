using System.Globalization;
using AutoDim.Evaluation;
using AutoDim.Runs;

namespace AutoDim.Reports;

/// <summary>A comparison in words, the same in the terminal, the report and the documents.</summary>
internal static class ComparisonSummary
{
    /// <summary>One sentence for each budget: what to use, and how sure that is.</summary>
    public static IEnumerable<string> Sentences(ModelComparison model, int seeds) => model.Answers.Select(answer => Invariant(
        $"Within {answer.Budget} ({ByteSize.Show(answer.BudgetBytes)}): {answer.Name}, test AUC {RunSummary.Auc(answer.Result)}, {Signed(answer.Result.AucDelta)} to the full model {Interval(answer.Result.AucDeltaInterval)}{Doubt(model, answer, seeds)}."));

    /// <summary>Which others of the budget the test split cannot tell from its answer.</summary>
    public static IReadOnlyList<string> Indistinguishable(ModelComparison model, Contender answer, int seeds) => seeds < 2 ? []
        : [.. model.Contenders.Where(other => other.BudgetBytes == answer.BudgetBytes && other != answer && !SeedStatistics.Difference(answer.Result.Aucs, other.Result.Aucs).IsDetectable).Select(other => other.Name)];

    /// <summary>Rounded first, so that nothing is less than zero by a hair; a dash for none.</summary>
    public static string Signed(double? difference) => difference is { } number ? (Math.Round(number, 4) + 0.0).ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture) : "–";

    public static string Interval(IReadOnlyList<double>? interval) => interval == null ? "" : $"({Signed(interval[0])} to {Signed(interval[1])})";

    private static string Doubt(ModelComparison model, Contender answer, int seeds)
    {
        var others = Indistinguishable(model, answer, seeds);
        return seeds < 2 ? "; one seed only, which tells nothing about the chance of training"
            : others.Count == 0 ? "; every other method is detectably different"
            : $"; no difference detectable to {string.Join(", ", others)}";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

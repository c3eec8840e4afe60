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

    /// <summary>Where the bytes are, and what that speaks for; empty where it is not known.</summary>
    public static string WhereBytesAre(IReadOnlyList<FieldProfile> fields)
    {
        if (fields.Count == 0) return "";
        const double Most = 0.8, Many = 0.4, Little = 0.15;
        List<FieldProfile> large = [];
        foreach (var field in fields.OrderByDescending(field => field.Rows))
        {
            if (large.Sum(item => item.RowShare) >= Most) break;
            large.Add(field);
        }

        var rows = (double)large.Sum(field => field.Rows);
        var (rare, traffic) = (large.Sum(field => field.RareRowShare * field.Rows) / rows, large.Sum(field => field.RareTraffic * field.Rows) / rows);
        var advice = rare >= Many && traffic <= Little ? "let those share a row first (folding, measured-folding); dimensions matter less"
            : rare >= Many ? "sharing a row would save most, but much of the traffic is theirs: let validation decide (measured-folding)"
            : "few values are rare: dimensions and storage are what there is to save (measured, autodim; int8, int4)";
        return Invariant($"{100 * large.Sum(field => field.RowShare):F0}% of the rows are in {string.Join(", ", large.Select(field => field.Field))}, where {100 * rare:F0}% of the values occur fewer than {FieldProfile.Rare} times in training and have {100 * traffic:F0}% of the occurrences: {advice}.");
    }

    /// <summary>Which others of the budget the test split cannot tell from its answer.</summary>
    public static IReadOnlyList<string> Indistinguishable(ModelComparison model, Contender answer, int seeds) => seeds < 2 ? []
        : [.. model.Contenders.Where(other => other.BudgetBytes == answer.BudgetBytes && other != answer && !SeedStatistics.Difference(answer.Result.Aucs, other.Result.Aucs).IsDetectable).Select(other => other.Name)];

    /// <summary>What finding a contender's plan took: seconds, and the process's peak of resident memory in them.</summary>
    public static string Search(Contender contender) => Cost(contender.SearchSeconds, contender.SearchPeakRss);

    /// <summary>What training a variant took, of its seeds the most.</summary>
    public static string Training(VariantResult result) => Cost(result.Seconds, result.PeakRss);

    /// <summary>Rounded first, so that nothing is less than zero by a hair; a dash for none.</summary>
    public static string Signed(double? difference, int digits = 4)
    {
        var size = new string('0', digits);
        return difference is { } number ? (Math.Round(number, digits) + 0.0).ToString($"+0.{size};-0.{size}", CultureInfo.InvariantCulture) : "–";
    }

    public static string Interval(IReadOnlyList<double>? interval) => interval == null ? "" : $"({Signed(interval[0])} to {Signed(interval[1])})";

    private static string Doubt(ModelComparison model, Contender answer, int seeds)
    {
        var others = Indistinguishable(model, answer, seeds);
        return seeds < 2 ? "; one seed only, which tells nothing about the chance of training"
            : others.Count == 0 ? "; every other method is detectably different"
            : $"; no difference detectable to {string.Join(", ", others)}";
    }

    private static string Cost(double seconds, long peak) => seconds < 0.5 ? "0 s" : Invariant($"{seconds:F0} s, {ByteSize.Show(peak)}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

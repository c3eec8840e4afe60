using System.Globalization;
using AutoDim.Compression;
using AutoDim.Runs;

namespace AutoDim.Reports;

/// <summary>A run in words, the same in the terminal, the report and the model card.</summary>
internal static class RunSummary
{
    /// <summary>All variants in the order of a table.</summary>
    public static IEnumerable<VariantResult> Rows(RunResult result) => [result.Full, result.Slim, .. result.Uniform, .. result.Others];

    /// <summary>Mean, and ± the deviation over seeds where there are several.</summary>
    public static string Auc(VariantResult row) => row.Aucs.Count > 1
        ? string.Create(CultureInfo.InvariantCulture, $"{row.Auc:F5} ± {row.AucStd:F5}")
        : row.Auc.ToString("F5", CultureInfo.InvariantCulture);

    public static string Sentence(RunResult result) => string.Create(CultureInfo.InvariantCulture,
        $"The slim model's embeddings take {ByteSize.Show(result.Slim.EmbeddingBytes)} instead of {ByteSize.Show(result.Full.EmbeddingBytes)} ({result.Ratio:F2}× smaller); its test AUC is {result.Slim.Auc:F5}, {ComparisonSummary.Signed(result.AucDelta, digits: 5)} against the full model's (95% interval {ComparisonSummary.Signed(result.AucDeltaInterval[0], digits: 5)} to {ComparisonSummary.Signed(result.AucDeltaInterval[1], digits: 5)}, {result.IntervalMethod}).{Goal(result)}{Taught(result)}");

    /// <summary>What was asked for, and who answered; nothing where there was no goal.</summary>
    private static string Goal(RunResult result)
    {
        var asked = result.BudgetBytes is { } bytes ? $"the best model within {ByteSize.Show(bytes)}" : result.Within is { } within ? $"the smallest model within {within}" : null;
        var baseline = result.Method != MethodCatalog.Uniform && result.Uniform is [var uniform, ..] ? $"; uniform dimensions of as many bytes did best there in {uniform.Storage}" : "";
        return asked == null ? "" : $" Asked for {asked}; on validation that was {result.Method}'s, with {result.Slim.Storage} rows{(result.ReadsFirstOrder ? " and a first-order term read from the vectors (--first-order field-vectors)" : "")}{baseline}.";
    }

    private static string Taught(RunResult result) => result.Slim.Distillation == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $" All but the full model learned from its predictions too ({result.Slim.Distillation:P0} of each label).");

    /// <summary>What a reader should know before believing the figures.</summary>
    public static IEnumerable<string> Warnings(RunResult result)
    {
        if (result.Undecided.Count > 0) yield return $"the search is undecided on {string.Join(", ", result.Undecided)}; a longer one would tell (--search-epochs)";
        foreach (var (row, why) in result.Plan.Zip(result.Explanations))
        {
            if (row.Dim == result.LargestCandidate && row.Dim < why.Rows) yield return $"{row.Field} has the largest dimension there was to choose; a larger one may gain (--search-candidates)";
            if (row.Dim > 1 && why.OccurrencesPerRow < row.Dim) yield return string.Create(CultureInfo.InvariantCulture, $"{row.Field} has {row.Dim} numbers a value, of which training saw each {why.OccurrencesPerRow:F1} times: more than its rows support{(result is { BudgetBytes: null, Within: null } ? " (--budget tries to let rare values share a row)" : "")}");
        }

        if (result is { Tolerance: { } tolerance, ValidAucDeltaInterval: [var least, var most] } && least < -tolerance)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"validation tells the slim model's difference to the full one no closer than {ComparisonSummary.Signed(least, digits: 4)} to {ComparisonSummary.Signed(most, digits: 4)} (95%): whether it keeps within {tolerance} is not certain; a larger validation split or more --seeds would tell");
        }

        if (result.UniformDeltaInterval is [var low, var high] && low <= 0 && high >= 0) yield return "no difference detectable between the plan and the uniform model nearest in bytes";
        if (result.UniformDeltaInterval is [_, < 0]) yield return string.Create(CultureInfo.InvariantCulture, $"the uniform model nearest in bytes is better than the plan by {-result.UniformDelta:F4}: prefer it, or search longer");
        if (result.Seeds.Count == 1) yield return "one seed only: the interval covers the test sample, not the chance of training; --seeds 3 covers both";
    }

    /// <summary>model-card.md.</summary>
    public static string ModelCard(RunResult result)
    {
        var rows = string.Join("\n", Rows(result).Select(row => string.Create(CultureInfo.InvariantCulture,
            $"| {row.Name} | {Auc(row)} | {row.Logloss:F4} | {row.Calibration:F3} | {row.EmbeddingBytes} | {row.DeployedEmbeddingBytes} | {row.TotalBytes} |")));
        var plan = string.Join("\n", result.Plan.Select(row => $"| {row.Field} | {row.Rows} | {row.Dim} | {row.Bytes} |"));
        return $"""
            # {result.Model} on {result.Data}

            {Sentence(result)}

            Intended use: probability of a click for rows of the same schema. Trained on data with fingerprint {result.Fingerprint},
            seeds {string.Join(", ", result.Seeds)}; the test split was read once, after all training. Ids unseen in training share one row per field.

            | variant | test AUC | logloss | calibration | table bytes | deployed embedding bytes | total bytes |
            |---|---|---|---|---|---|---|
            {rows}

            | field | rows | dimension | bytes |
            |---|---|---|---|
            {plan}

            """;
    }
}

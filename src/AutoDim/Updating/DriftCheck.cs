using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Training;

namespace AutoDim.Updating;

/// <summary>Compares new rows with the rows that a model was validated on, and says whether it needs an update or a new search.</summary>
internal static class DriftCheck
{
    /// <summary>AUC lost that calls for an update, where chance does not explain it.</summary>
    public const double AucLoss = 0.002;

    /// <summary>AUC lost, chance allowed for, from which on dimensions are searched again.</summary>
    public const double LargeAucLoss = 0.02;

    /// <summary>Change of the share of unseen or missing values that calls for an update.</summary>
    public const double ShareChange = 0.05;

    /// <summary>Change of mean prediction / base rate that calls for an update, where chance does not explain it.</summary>
    public const double CalibrationChange = 0.1;

    /// <summary>Share of fields shifted from which on dimensions are searched again.</summary>
    public const double ShiftedFields = 0.5;

    private const double Normal95 = 1.959963984540054;

    /// <param name="cells">The new rows; labels may be missing.</param>
    public static DriftResult Of(TrainedModel trained, RawCells cells)
    {
        var split = cells.Encode(trained.Encoders());
        using var scorer = new Scorer(trained.Model, Scorer.BatchSize);
        var hasLabels = cells.Labels.AsSpan().ContainsAnyExcept(cells.Labels[0]);
        var now = hasLabels ? ValidationRecord.Of(scorer.Score(split), cells.Labels) : null;
        var before = trained.Manifest.Training.Valid;
        var frequencies = trained.Frequencies();
        var counts = RowCounts.Of(split, trained.Manifest.Fields);
        var result = new DriftResult
        {
            Before = before,
            Now = now,
            AucDelta = now?.Metrics.Auc - before?.Metrics.Auc,
            Fields = [.. trained.Manifest.Fields.Select((field, m) => OfField(field, frequencies?.Train[m], frequencies?.Valid[m], counts[m])).OrderByDescending(field => field.Psi ?? field.UnseenNow ?? 0)],
            Notes =
            [
                .. frequencies == null ? ["the model's folder keeps no frequencies (it is of an earlier version): values are not compared with training"] : (string[])[],
                .. before == null ? ["the model's folder keeps no validation metrics (it is of an earlier version): AUC and calibration are not compared"] : (string[])[],
                .. hasLabels ? (string[])[] : ["the new rows have no labels of both classes: AUC and calibration are not measured"],
            ],
        };
        if (result.AucDelta is { } delta)
        {
            var error = Normal95 * Math.Sqrt(Math.Pow(now!.AucStandardError, 2) + Math.Pow(before!.AucStandardError, 2));
            result = result with { AucDeltaInterval = [delta - error, delta + error] };
        }

        return Judge(result);
    }

    private static FieldDrift OfField(Field field, long[]? train, long[]? before, long[] now)
    {
        var hasReserved = field.FirstValueRow > 0;
        var (psi, chance) = train == null ? ((double?)null, (double?)null) : PopulationStability.Of(field, train, before!, now);
        return new FieldDrift(field.Name, Share(before, FieldEncoder.UnseenRow), Share(now, FieldEncoder.UnseenRow), Share(before, FieldEncoder.MissingRow), Share(now, FieldEncoder.MissingRow), psi, chance);

        double? Share(long[]? counts, long row) => counts == null || !hasReserved ? null : counts[row] / Math.Max(1.0, counts.Sum());
    }

    private static DriftResult Judge(DriftResult result)
    {
        string[] search = [.. SearchReasons(result)], update = [.. UpdateReasons(result)];
        return result with { Verdict = search.Length > 0 ? DriftResult.SearchAgain : update.Length > 0 ? DriftResult.Update : DriftResult.Fine, Reasons = [.. search, .. update] };
    }

    private static IEnumerable<string> SearchReasons(DriftResult result)
    {
        if (result.AucDelta != null && result.AucDeltaInterval[1] < -LargeAucLoss) yield return FormattableString.Invariant($"AUC fell by {-result.AucDelta:F4}, at least {-result.AucDeltaInterval[1]:F4} of it not by chance: more than {LargeAucLoss}");
        var shifted = result.Fields.Count(field => field.IsShifted);
        if (shifted > 1 && shifted >= ShiftedFields * result.Fields.Count) yield return FormattableString.Invariant($"{shifted} of {result.Fields.Count} fields have shifted, {ShiftedFields:P0} or more");
    }

    private static IEnumerable<string> UpdateReasons(DriftResult result)
    {
        if (result.AucDelta <= -AucLoss && result.AucDeltaInterval[1] is < 0 and >= -LargeAucLoss) yield return FormattableString.Invariant($"AUC fell by {-result.AucDelta:F4}, not by chance: {AucLoss} or more");
        if (result is { Now.Metrics: var now, Before.Metrics: var before })
        {
            var change = (now.Calibration / before.Calibration) - 1;
            var chance = Normal95 * Math.Sqrt((1 - now.BaseRate) / (now.BaseRate * now.Count)); // of the number of clicks, relative
            if (Math.Abs(change) >= CalibrationChange && Math.Abs(change) > chance) yield return FormattableString.Invariant($"mean prediction / base rate went from {before.Calibration:F3} to {now.Calibration:F3}: by {CalibrationChange:P0} or more");
        }

        foreach (var field in result.Fields)
        {
            if (field.IsShifted) yield return FormattableString.Invariant($"field '{field.Field}' has shifted: population stability index {field.Psi:F3}, {PopulationStability.Large} or more");
            if (field.UnseenNow - field.UnseenBefore >= ShareChange) yield return FormattableString.Invariant($"field '{field.Field}' has {field.UnseenNow:P1} unseen values, on validation {field.UnseenBefore:P1}");
            if (Math.Abs(field.MissingNow - field.MissingBefore ?? 0) >= ShareChange) yield return FormattableString.Invariant($"field '{field.Field}' misses {field.MissingNow:P1} of its values, on validation {field.MissingBefore:P1}: check where the data comes from");
        }
    }
}

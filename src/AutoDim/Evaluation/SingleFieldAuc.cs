using AutoDim.Data;

namespace AutoDim.Evaluation;

/// <summary>How well each field alone tells clicks apart: the AUC of a sample's value's rate of clicks in training.</summary>
internal static class SingleFieldAuc
{
    /// <summary>Samples of the overall rate that every value begins with, so that values seen once or twice say little.</summary>
    private const double PriorSamples = 10;

    /// <param name="valid">To measure on.</param>
    /// <param name="labels">Of that, of both classes.</param>
    /// <returns>Of each field; 0.5 says nothing.</returns>
    public static double[] Of(DataSplit train, DataSplit valid, float[] labels, IReadOnlyList<Field> fields)
    {
        var (rates, overall) = Rates(train, fields);
        var scores = fields.Select(_ => new float[valid.RowCount]).ToArray();
        var first = 0;
        foreach (var batch in SplitBatches.Read(valid, fields))
        {
            for (var m = 0; m < fields.Count; m++)
            {
                for (var i = 0; i < batch.Size; i++) scores[m][first + i] = (float)RateOf(batch.Columns[m], i, rates[m], overall);
            }

            first += batch.Size;
        }

        return [.. scores.Select(score => Auc.Compute(score, labels))];
    }

    /// <summary>Each row's smoothed rate of clicks, and the overall one.</summary>
    private static (double[][] Rates, double Overall) Rates(DataSplit train, IReadOnlyList<Field> fields)
    {
        var (shown, clicked) = (fields.Select(field => new double[field.Rows]).ToArray(), fields.Select(field => new double[field.Rows]).ToArray());
        var (samples, clicks) = (0.0, 0.0);
        foreach (var batch in SplitBatches.Read(train, fields))
        {
            for (var i = 0; i < batch.Size; i++) clicks += batch.Labels[i];
            samples += batch.Size;
            for (var m = 0; m < fields.Count; m++)
            {
                for (var i = 0; i < batch.Size; i++)
                {
                    var (from, to) = EntriesOf(batch.Columns[m], i);
                    for (var n = from; n < to; n++)
                    {
                        shown[m][batch.Columns[m].Rows[n]]++;
                        clicked[m][batch.Columns[m].Rows[n]] += batch.Labels[i];
                    }
                }
            }
        }

        var overall = clicks / Math.Max(1, samples);
        return ([.. shown.Zip(clicked, (all, some) => all.Zip(some, (n, c) => (c + (PriorSamples * overall)) / (n + PriorSamples)).ToArray())], overall);
    }

    /// <summary>The mean rate of a sample's values; the overall one where it has none.</summary>
    private static double RateOf(BatchColumn column, int sample, double[] rates, double overall)
    {
        var (from, to) = EntriesOf(column, sample);
        var sum = 0.0;
        for (var n = from; n < to; n++) sum += rates[column.Rows[n]];
        return to > from ? sum / (to - from) : overall;
    }

    private static (int From, int To) EntriesOf(BatchColumn column, int sample) => column.Offsets == null ? (sample, sample + 1) : (column.Offsets[sample], column.Offsets[sample + 1]);
}

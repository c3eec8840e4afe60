namespace AutoDim.Evaluation;

/// <summary>One bin of a calibration table: samples with neighbouring predictions.</summary>
/// <param name="Predicted">Mean predicted probability.</param>
/// <param name="Observed">Share of positives.</param>
/// <param name="Count">Samples.</param>
public sealed record CalibrationBin(double Predicted, double Observed, long Count)
{
    /// <summary>Up to <paramref name="bins"/> bins of equally many samples, by rising prediction.</summary>
    public static IReadOnlyList<CalibrationBin> Table(ReadOnlySpan<float> logits, ReadOnlySpan<float> labels, int bins = 15)
    {
        var scores = logits.ToArray();
        var clicks = labels.ToArray();
        Array.Sort(scores, clicks);
        var table = new List<CalibrationBin>();
        for (var bin = 0; bin < bins; bin++)
        {
            long first = scores.LongLength * bin / bins, last = scores.LongLength * (bin + 1) / bins;
            if (first == last) continue;
            double predicted = 0, observed = 0;
            for (var i = first; i < last; i++)
            {
                predicted += 1 / (1 + Math.Exp(-scores[i]));
                observed += clicks[i];
            }

            table.Add(new CalibrationBin(predicted / (last - first), observed / (last - first), last - first));
        }

        return table;
    }
}

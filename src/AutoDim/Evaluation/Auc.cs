namespace AutoDim.Evaluation;

/// <summary>
/// Area under the ROC curve, exact: the chance that a positive scores above a negative, ties counted half
/// (the Mann-Whitney statistic by mid-ranks). O(n log n).
/// </summary>
public static class Auc
{
    /// <summary>AUC of scores against labels in {0, 1}; NaN where only one class is present.</summary>
    /// <exception cref="AutoDimException">A score is NaN.</exception>
    public static double Compute(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(labels.Length, scores.Length);
        var keys = SortKeys(scores, labels);
        Array.Sort(keys);
        double positives = 0, negatives = 0, wins = 0;
        for (var first = 0; first < keys.Length;)
        {
            // One run of equal scores: its positives beat the negatives below, and half of those within.
            int last = first, clicked = 0;
            for (var score = keys[first] >> 1; last < keys.Length && keys[last] >> 1 == score; last++) clicked += (int)(keys[last] & 1);
            var missed = last - first - clicked;
            wins += clicked * (negatives + (missed / 2.0));
            positives += clicked;
            negatives += missed;
            first = last;
        }

        return positives == 0 || negatives == 0 ? double.NaN : wins / (positives * negatives);
    }

    /// <summary>Whole numbers that sort as the scores do, the label in the lowest bit; −0 equals 0.</summary>
    private static long[] SortKeys(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        var keys = new long[scores.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i])) throw new AutoDimException($"the score of sample {i} is NaN; the model has diverged, train it with a lower learning rate");
            keys[i] = (OrderedBits(scores[i]) << 1) | (labels[i] > 0.5f ? 1L : 0);
        }

        return keys;
    }

    private static long OrderedBits(float score)
    {
        var bits = BitConverter.SingleToInt32Bits(score + 0f);
        return bits >= 0 ? bits : (long)int.MinValue - bits;
    }
}

namespace AutoDim.Evaluation;

/// <summary>A difference with its interval.</summary>
/// <param name="Difference">First less second.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="StandardError">Of the difference.</param>
public sealed record Interval(double Difference, double Low, double High, double StandardError)
{
    /// <summary>Whether the interval leaves out zero.</summary>
    public bool IsDetectable => Low > 0 || High < 0;
}

/// <summary>
/// Paired comparison of two models' AUC on the same samples (DeLong, DeLong, Clarke-Pearson, 1988), in O(n log n) by mid-ranks
/// (Sun, Xu, 2014). It covers the chance of the test sample, not that of training seeds.
/// </summary>
public static class DeLong
{
    private const double Normal95 = 1.959963984540054;

    /// <summary>AUC of <paramref name="first"/> less that of <paramref name="second"/> with its 95% interval.</summary>
    /// <exception cref="AutoDimException">One class is missing, or a score is NaN.</exception>
    public static Interval Compare(ReadOnlySpan<float> first, ReadOnlySpan<float> second, ReadOnlySpan<float> labels)
    {
        var a = Placements.Of(first, labels);
        var b = Placements.Of(second, labels);
        var variance = Variance(a.Positives, b.Positives) + Variance(a.Negatives, b.Negatives);
        var difference = a.Positives.Average() - b.Positives.Average();
        var error = Math.Sqrt(variance);
        return new Interval(difference, difference - (Normal95 * error), difference + (Normal95 * error), error);
    }

    /// <summary>Standard error of one AUC; NaN where one class is missing.</summary>
    /// <exception cref="AutoDimException">A score is NaN.</exception>
    public static double StandardError(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
        => labels.ContainsAnyExcept(labels.Length > 0 ? labels[0] : 0) ? Compare(scores, new float[scores.Length], labels).StandardError : double.NaN; // equal scores have an AUC without variance

    /// <summary>Sample variance of the paired differences, divided by their number.</summary>
    private static double Variance(double[] a, double[] b)
    {
        double mean = a.Average() - b.Average(), sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var deviation = a[i] - b[i] - mean;
            sum += deviation * deviation;
        }

        return a.Length < 2 ? 0 : sum / (a.Length - 1) / a.Length;
    }

    /// <summary>Of each positive the share of negatives below it, and of each negative the share of positives above; ties half.</summary>
    private sealed record Placements(double[] Positives, double[] Negatives)
    {
        public static Placements Of(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
        {
            var positive = new List<int>();
            var negative = new List<int>();
            ArgumentOutOfRangeException.ThrowIfNotEqual(scores.Length, labels.Length);
            for (var i = 0; i < labels.Length; i++)
            {
                if (float.IsNaN(scores[i])) throw new AutoDimException($"the score of sample {i} is NaN; the model has diverged, train it with a lower learning rate");
                (labels[i] > 0.5f ? positive : negative).Add(i);
            }

            if (positive.Count == 0 || negative.Count == 0) throw new AutoDimException("the split holds one class only; AUC cannot be compared on it");
            var all = MidRanks(scores, Enumerable.Range(0, scores.Length).ToArray());
            var withinPositives = MidRanks(scores, [.. positive]);
            var withinNegatives = MidRanks(scores, [.. negative]);
            return new Placements(
                [.. positive.Select((sample, i) => (all[sample] - withinPositives[i]) / negative.Count)],
                [.. negative.Select((sample, i) => 1 - ((all[sample] - withinNegatives[i]) / positive.Count))]);
        }

        private static double[] MidRanks(ReadOnlySpan<float> scores, int[] samples)
        {
            var values = new float[samples.Length];
            for (var i = 0; i < samples.Length; i++) values[i] = scores[samples[i]];
            var order = Enumerable.Range(0, samples.Length).ToArray();
            Array.Sort(values, order);
            var ranks = new double[samples.Length];
            for (var first = 0; first < values.Length;)
            {
                var last = first;
                while (last < values.Length && values[last] == values[first]) last++;
                for (var i = first; i < last; i++) ranks[order[i]] = (first + last + 1) / 2.0;
                first = last;
            }

            return ranks;
        }
    }
}

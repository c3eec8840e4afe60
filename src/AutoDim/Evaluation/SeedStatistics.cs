namespace AutoDim.Evaluation;

/// <summary>Means and intervals over training seeds, and correlations of what seeds found.</summary>
public static class SeedStatistics
{
    /// <summary>Two-sided 95% quantiles of Student's t for 1 to 30 degrees of freedom (Fisher's table).</summary>
    private static readonly double[] Student =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    /// <summary>Sample standard deviation; 0 for a single value.</summary>
    public static double Deviation(IReadOnlyList<double> values)
    {
        if (values.Count < 2) return 0;
        var mean = values.Average();
        return Math.Sqrt(values.Select(value => value - mean).Sum(difference => difference * difference) / (values.Count - 1));
    }

    /// <summary>Mean of the paired differences with its 95% t-interval; needs two seeds or more.</summary>
    public static Interval Difference(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first.Count, 2);
        ArgumentOutOfRangeException.ThrowIfNotEqual(second.Count, first.Count);
        double[] differences = [.. first.Zip(second, (a, b) => a - b)];
        var mean = differences.Average();
        var error = Deviation(differences) / Math.Sqrt(differences.Length);
        var reach = error * Student[Math.Min(differences.Length - 1, Student.Length) - 1];
        return new Interval(mean, mean - reach, mean + reach, error);
    }

    /// <summary>Pearson's correlation; NaN where either side is constant.</summary>
    public static double Pearson(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        double meanX = x.Average(), meanY = y.Average(), xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < x.Count; i++)
        {
            double ofX = x[i] - meanX, ofY = y[i] - meanY;
            xy += ofX * ofY;
            xx += ofX * ofX;
            yy += ofY * ofY;
        }

        return xy / Math.Sqrt(xx * yy); // 0 / 0 where either is constant
    }

    /// <summary>Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank.</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y) => Pearson(Ranks(x), Ranks(y));

    private static double[] Ranks(IReadOnlyList<double> values)
        => [.. values.Select(value => values.Count(other => other < value) + ((values.Count(other => other == value) + 1) / 2.0))];
}

using AutoDim.Evaluation;

namespace AutoDim.Tests.Evaluation;

/// <summary>Worked-out values.</summary>
public sealed class SeedStatisticsTests
{
    [Fact]
    public void Deviation_KnownValues_IsSampleDeviation()
    {
        SeedStatistics.Deviation([2, 4, 4, 4, 5, 5, 7, 9]).ShouldBe(Math.Sqrt(32.0 / 7), 1e-12);
        SeedStatistics.Deviation([3, 5]).ShouldBe(Math.Sqrt(2), 1e-12);
        SeedStatistics.Deviation([3]).ShouldBe(0);
    }

    [Fact]
    public void Difference_ThreeSeeds_IsPairedStudentInterval()
    {
        // Differences .1, .2, .3: mean .2, deviation .1, standard error .1/√3, t(2) = 4.303.
        var interval = SeedStatistics.Difference([1.1, 1.3, 1.2], [1.0, 1.1, 0.9]);
        interval.Difference.ShouldBe(0.2, 1e-12);
        interval.StandardError.ShouldBe(0.1 / Math.Sqrt(3), 1e-12);
        interval.High.ShouldBe(0.2 + (4.303 * 0.1 / Math.Sqrt(3)), 1e-9);
        interval.Low.ShouldBe(0.2 - (4.303 * 0.1 / Math.Sqrt(3)), 1e-9);
        interval.IsDetectable.ShouldBeFalse();
    }

    /// <summary>t of 1, of 30 and of 40 degrees of freedom; from 30 on the table's last, which is a little too wide.</summary>
    [Theory, InlineData(2, 12.706), InlineData(31, 2.042), InlineData(41, 2.042)]
    public void Difference_OfSoManySeeds_TakesTheirQuantile(int seeds, double quantile)
    {
        double[] first = [.. Enumerable.Range(0, seeds).Select(i => (double)(i * i % 7))];
        var interval = SeedStatistics.Difference(first, new double[seeds]);
        interval.StandardError.ShouldBe(SeedStatistics.Deviation(first) / Math.Sqrt(seeds), 1e-12);
        (interval.High - interval.Difference).ShouldBe(quantile * interval.StandardError, 1e-9);
    }

    [Fact]
    public void Difference_OneSeedOrOfOtherNumber_Refused()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => SeedStatistics.Difference([1], [2]));
        Should.Throw<ArgumentOutOfRangeException>(() => SeedStatistics.Difference([1, 2], [1, 2, 3]));
    }

    [Theory, InlineData(0, 1, false), InlineData(-1, 0, false), InlineData(0.1, 1, true), InlineData(-1, -0.1, true), InlineData(-1, 1, false)]
    public void IsDetectable_Interval_LeavesOutZero(double low, double high, bool expected) => new Interval(0, low, high, 1).IsDetectable.ShouldBe(expected);

    [Fact]
    public void Pearson_KnownValues_IsCorrelation()
    {
        SeedStatistics.Pearson([1, 2, 3], [2, 4, 6]).ShouldBe(1, 1e-12);
        SeedStatistics.Pearson([1, 2, 3], [6, 4, 2]).ShouldBe(-1, 1e-12);
        SeedStatistics.Pearson([1, 2, 3, 4], [1, 3, 2, 4]).ShouldBe(0.8, 1e-12);
        SeedStatistics.Pearson([1, 1, 1], [1, 2, 3]).ShouldBe(double.NaN);
        SeedStatistics.Pearson([1, 2, 3], [1, 1, 1]).ShouldBe(double.NaN);
    }

    [Fact]
    public void Spearman_MonotoneAndTied_IsCorrelationOfMidRanks()
    {
        SeedStatistics.Spearman([1, 10, 100], [0.1, 0.2, 9]).ShouldBe(1, 1e-12);

        // Ranks 1.5, 1.5, 3 against 1, 2, 3: 1.5 / √(1.5 · 2).
        SeedStatistics.Spearman([5, 5, 8], [1, 2, 3]).ShouldBe(1.5 / Math.Sqrt(3), 1e-12);
        SeedStatistics.Spearman([5, 5, 8, 9], [1, 4, 2, 3]).ShouldBe(SeedStatistics.Pearson([1.5, 1.5, 3, 4], [1, 4, 2, 3]), 1e-12);
    }
}

using AutoDim.Evaluation;

namespace AutoDim.Tests.Evaluation;

/// <summary>Worked-out values.</summary>
public sealed class SeedStatisticsTests
{
    [Fact]
    public void Deviation_KnownValues_IsSampleDeviation()
    {
        SeedStatistics.Deviation([2, 4, 4, 4, 5, 5, 7, 9]).ShouldBe(Math.Sqrt(32.0 / 7), 1e-12);
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

    [Fact]
    public void Difference_OneSeed_Refused() => Should.Throw<ArgumentOutOfRangeException>(() => SeedStatistics.Difference([1], [2]));

    [Fact]
    public void Pearson_KnownValues_IsCorrelation()
    {
        SeedStatistics.Pearson([1, 2, 3], [2, 4, 6]).ShouldBe(1, 1e-12);
        SeedStatistics.Pearson([1, 2, 3], [6, 4, 2]).ShouldBe(-1, 1e-12);
        SeedStatistics.Pearson([1, 2, 3, 4], [1, 3, 2, 4]).ShouldBe(0.8, 1e-12);
        SeedStatistics.Pearson([1, 1, 1], [1, 2, 3]).ShouldBe(double.NaN);
    }

    [Fact]
    public void Spearman_MonotoneAndTied_IsCorrelationOfMidRanks()
    {
        SeedStatistics.Spearman([1, 10, 100], [0.1, 0.2, 9]).ShouldBe(1, 1e-12);

        // Ranks 1.5, 1.5, 3 against 1, 2, 3: 1.5 / √(1.5 · 2).
        SeedStatistics.Spearman([5, 5, 8], [1, 2, 3]).ShouldBe(1.5 / Math.Sqrt(3), 1e-12);
    }
}

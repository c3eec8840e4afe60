using AutoDim.Search.AutoDim;

namespace AutoDim.Tests.Search.AutoDim;

public sealed class AutoDimOptionsTests
{
    [Theory, InlineData(0, 1), InlineData(0.25, 0.75), InlineData(0.99, 0.01), InlineData(1, 0.01)]
    public void TemperatureAt_Relative_CoolsLinearlyOverTheRun(double share, double expected)
        => new AutoDimOptions().TemperatureAt(share, 1e9).ShouldBe(expected, 1e-12);

    [Theory, InlineData(0, 1), InlineData(2000, 0.99995), InlineData(2_000_000, 0.95), InlineData(39_600_000, 0.01), InlineData(1e12, 0.01)]
    public void TemperatureAt_Absolute_IsThePapersInStepsOf2000Samples(double samples, double expected)
        => new AutoDimOptions { Temperature = TemperatureSchedule.Absolute }.TemperatureAt(1, samples).ShouldBe(expected, 1e-12);

    [Theory, InlineData(100, 1), InlineData(2500, 2), InlineData(10_000, 10), InlineData(1_000_000, 10)]
    public void UpdateEveryFor_ByRunLength_LeavesAThousandUpdatesWhereItCan(long steps, int expected)
    {
        new AutoDimOptions().UpdateEveryFor(steps).ShouldBe(expected);
        new AutoDimOptions { UpdateEvery = 7 }.UpdateEveryFor(steps).ShouldBe(7);
    }

    [Theory, InlineData(10, 5e-2), InlineData(1000, 1e-2), InlineData(100_000, 1e-3)]
    public void AlphaLearningRateFor_ByUpdates_LetsAlphaTravelAboutTen(long updates, double expected)
    {
        new AutoDimOptions().AlphaLearningRateFor(updates).ShouldBe(expected, 1e-12);
        new AutoDimOptions { AlphaLearningRate = 0.3 }.AlphaLearningRateFor(updates).ShouldBe(0.3);
    }
}

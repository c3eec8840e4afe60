using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Data.Preparation;

public sealed class ReservoirTests
{
    [Fact]
    public void Sorted_FewNumbers_AreAllKept()
    {
        var sample = new Reservoir(4, 1);
        foreach (var number in new[] { 3.0, 1, 2, 1 }) sample.Add(number);
        sample.Sorted().ShouldBe([1, 1, 2, 3]);
    }

    [Fact]
    public void Sorted_ManyNumbers_AreAUniformSample()
    {
        // Which of 10 000 numbers stand in a sample of 1000: the mean is 5000 ± 2887 / √1000, and early and late ones are as likely.
        var sample = new Reservoir(1000, 5);
        for (var number = 0; number < 10_000; number++) sample.Add(number);
        var kept = sample.Sorted();
        kept.Length.ShouldBe(1000);
        kept.Distinct().Count().ShouldBe(1000);
        kept.Average().ShouldBe(5000, 4 * 92);
        kept.Count(number => number < 1000).ShouldBeInRange(60, 140);
    }

    [Fact]
    public void Sorted_SameSeed_SameSample()
    {
        double[] Draw(ulong seed)
        {
            var sample = new Reservoir(10, seed);
            for (var number = 0; number < 1000; number++) sample.Add(number);
            return sample.Sorted();
        }

        Draw(1).ShouldBe(Draw(1));
        Draw(1).ShouldNotBe(Draw(2));
    }
}

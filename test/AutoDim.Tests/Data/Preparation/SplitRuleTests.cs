using AutoDim.Data.Preparation;

namespace AutoDim.Tests.Data.Preparation;

public sealed class SplitRuleTests
{
    [Fact]
    public void Of_Random_SharesAndSeed()
    {
        byte[] Draw(ulong seed, double train = 0.8, double valid = 0.1, double test = 0.1)
        {
            var rule = new SplitRule(new SplitSchema { Seed = seed, Train = train, Valid = valid, Test = test }, false, false);
            return [.. Enumerable.Range(0, 20_000).Select(row => rule.Of(0, row))];
        }

        Draw(1).ShouldBe(Draw(1));
        Draw(1).ShouldNotBe(Draw(2));
        Shares(Draw(3)).ShouldBe([0.8, 0.1, 0.1], 0.01);
        Shares(Draw(3, 6, 3, 1)).ShouldBe([0.6, 0.3, 0.1], 0.015); // shares need not sum to 1
    }

    [Fact]
    public void Of_GivenSplits_LeaveTheirShareToTheRest()
    {
        byte[] Draw(bool validGiven, bool testGiven)
        {
            var rule = new SplitRule(new SplitSchema(), validGiven, testGiven);
            return [.. Enumerable.Range(0, 20_000).Select(row => rule.Of(0, row))];
        }

        Shares(Draw(true, false)).ShouldBe([8 / 9.0, 0, 1 / 9.0], 0.01);
        Shares(Draw(false, true)).ShouldBe([8 / 9.0, 1 / 9.0, 0], 0.01);
        Shares(Draw(true, true)).ShouldBe([1, 0, 0]);
    }

    [Fact]
    public void Of_Time_TheLastAreValidationAndTest()
    {
        var rule = new SplitRule(new SplitSchema { By = "time", Column = "t" }, false, false);
        rule.NeedsTimes.ShouldBeTrue();
        for (var i = 0; i < 1000; i++) rule.SeeTime(i * 7919 % 1000);
        rule.FixTimes();
        Enumerable.Range(0, 1000).Select(time => (int)rule.Of(time, 5)).ShouldBe(Enumerable.Range(0, 1000).Select(time => time < 800 ? 0 : time < 900 ? 1 : 2));
    }

    private static double[] Shares(byte[] splits) => [.. Enumerable.Range(0, 3).Select(split => splits.Count(item => item == split) / (double)splits.Length)];
}

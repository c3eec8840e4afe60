using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Tests.Reports;

public sealed class RunSummaryTests
{
    [Theory]
    [InlineData(-0.003, -0.005, -0.001, "better than the plan by 0.0030")]
    [InlineData(0.001, -0.001, 0.003, "no difference detectable")]
    public void Warnings_PlanNotAboveUniform_SayWhatTheIntervalSays(double delta, double low, double high, string expected)
    {
        var result = new RunResult { Seeds = [1, 2, 3], UniformDelta = delta, UniformDeltaInterval = [low, high] };
        RunSummary.Warnings(result).ShouldHaveSingleItem().ShouldContain(expected);
    }

    [Fact]
    public void Warnings_PlanAboveUniform_None()
        => RunSummary.Warnings(new RunResult { Seeds = [1, 2, 3], UniformDelta = 0.002, UniformDeltaInterval = [0.001, 0.003] }).ShouldBeEmpty();

    /// <summary>A tolerance that was met on a split too small to tell is said to be so.</summary>
    [Theory, InlineData(-0.02, true), InlineData(-0.009, false)]
    public void Warnings_ToleranceThatValidationCannotTell_SaySo(double low, bool says)
        => RunSummary.Warnings(new RunResult { Seeds = [1, 2, 3], Tolerance = 0.01, ValidAucDeltaInterval = [low, 0.01] }).ShouldBe(says
            ? ["validation tells the slim model's difference to the full one no closer than -0.0200 to +0.0100 (95%): whether it keeps within 0.01 is not certain; a larger validation split or more --seeds would tell"] : []);

    /// <summary>Who trains by the plan again needs to know what the model was made with.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public void Sentence_FirstOrderFromVectors_SaysTheOption(bool reads)
        => RunSummary.Sentence(new RunResult { BudgetBytes = 1000, ReadsFirstOrder = reads, AucDeltaInterval = [0, 0] }).Contains("rows and a first-order term read from the vectors (--first-order field-vectors).", StringComparison.Ordinal).ShouldBe(reads);
}

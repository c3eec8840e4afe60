using AutoDim.Reports;
using AutoDim.Runs;

namespace AutoDim.Tests.Reports;

public sealed class ComparisonSummaryTests
{
    [Fact]
    public void WhereBytesAre_RareValuesOfLittleTraffic_FoldingFirst()
        => ComparisonSummary.WhereBytesAre([new("user", 900, 0.9, 0.6, 0.05), new("flag", 100, 0.1, 0, 0)])
            .ShouldBe("90% of the rows are in user, where 60% of the values occur fewer than 5 times in training and have 5% of the occurrences: let those share a row first (folding, measured-folding); dimensions matter less.");

    [Theory, InlineData(0.6, 0.5, "let validation decide"), InlineData(0.1, 0.01, "few values are rare")]
    public void WhereBytesAre_OtherShares_OtherAdvice(double rareRows, double traffic, string advice)
        => ComparisonSummary.WhereBytesAre([new("user", 500, 0.5, rareRows, traffic), new("item", 400, 0.4, rareRows, traffic), new("flag", 100, 0.1, 0, 0)])
            .ShouldContain(advice, customMessage: "both large fields together");

    [Fact]
    public void WhereBytesAre_ResultOfBefore_Nothing() => ComparisonSummary.WhereBytesAre([]).ShouldBeEmpty();

    /// <summary>What rounds to nothing has no sign of its own.</summary>
    [Theory, InlineData(-0.00004, 4, "+0.0000"), InlineData(0.00126, 4, "+0.0013"), InlineData(-0.000004, 5, "+0.00000"), InlineData(-0.01, 5, "-0.01000")]
    public void Signed_Difference_IsRoundedFirst(double difference, int digits, string text) => ComparisonSummary.Signed(difference, digits).ShouldBe(text);
}

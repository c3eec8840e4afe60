using AutoDim.Embeddings;
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

    /// <summary>Where bytes were to be saved and a tenth of what is left are weights that the vectors could stand in for, of a model that has the choice.</summary>
    [Theory]
    [InlineData("deepfm", 900, 1000L, true), InlineData("deepfm", 901, 1000L, false), InlineData("deepfm", 900, null, false), InlineData("fnn", 900, 1000L, false)]
    public void Warnings_FirstOrderWeights_SayThatTheyCanGo(string model, long vectors, long? budget, bool says)
    {
        var result = new RunResult
        {
            Model = model,
            Seeds = [1, 2, 3],
            BudgetBytes = budget,
            Slim = new VariantResult { EmbeddingBytes = 1000, DeployedEmbeddingBytes = 1000 },
            Plan = [new PlanRow("user", 100, 8, vectors)],
            Explanations = [new FieldExplanation(100, 0, 1000, 0, 0.5, null, null, null, null)],
            LargestCandidate = 32,
        };
        RunSummary.Warnings(result).ShouldBe(says ? ["10 % of the slim model's bytes are first-order weights, one a value; --first-order field-vectors reads the term from the vectors, which may then be longer"] : []);
    }
}

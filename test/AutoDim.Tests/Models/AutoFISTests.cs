using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Models;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Models;

/// <summary>What AutoFIS has besides what <see cref="ModelTests"/> finds in every model: pairs that are dropped.</summary>
public sealed class AutoFISTests
{
    private static readonly int[] Dims = [3, 3, 3, 3];

    /// <summary>Without hidden layers' output, what users and items do together to the logit is their pair's gate times the product of their vectors' differences.</summary>
    [Theory, InlineData(true, true), InlineData(true, false), InlineData(false, true), InlineData(false, false)]
    public void Score_PairKeptOrDropped_TakesPartOrNot(bool searches, bool keeps)
    {
        var options = Bench.SmallModel with { Pairs = searches ? null : keeps ? ["user:item", "user:tags"] : ["user:tags", "item:flag"] };
        using var bench = new Bench("autofis", Dims, options: options);
        bench.Model.Parameters.Single(parameter => parameter.Name == "mlp.output.weight").Values.Clear();
        if (searches && !keeps) Gates(bench)[0] = 0;

        // Users and items in all four combinations; tags and flag stay.
        var split = new MemorySplit([0, 1, 0, 1], [[1, 1, 2, 2], [3, 4, 3, 4], [0, 0, 0, 0], [1, 1, 1, 1]], [null, null, [0, 1, 2, 3, 4], null]);
        var logits = bench.Learner.Score(split);
        var together = Math.Abs(logits[0] - logits[1] - logits[2] + logits[3]);
        if (keeps) together.ShouldBeGreaterThan(1e-3f);
        else together.ShouldBeLessThan(1e-6f);
    }

    [Fact]
    public void Selection_SomeGatesClosed_NamesTheOthers()
    {
        using var bench = new Bench("autofis", [3, 3, 0, 3]);
        bench.Model.Selection!.Kept.ShouldBe(["user:item", "user:flag", "item:flag"]);
        Gates(bench)[1] = 0;
        bench.Model.Selection.Kept.ShouldBe(["user:item", "item:flag"]);
        bench.Model.Selection.ToString().ShouldBe("kept 2 of 3 pairs");
    }

    [Fact]
    public void Step_LargeThreshold_ClosesEveryGateAndLeavesTheOtherWeights()
    {
        using var bench = new Bench("autofis", Dims, training: Bench.SmallTraining with { Grda = new GrdaOptions { C = 5 } });
        bench.Train(4);
        bench.Model.Selection!.Kept.ShouldBeEmpty();
        foreach (var parameter in bench.Model.Parameters.Where(parameter => parameter.Name != "gates")) parameter.Values.ContainsAnyExcept((Real)0).ShouldBeTrue(parameter.Name);
    }

    [Fact]
    public void RateFactor_Lowered_LeavesTheGatesTheirs()
    {
        double[] gates = [1, 0], others = [1, 0];
        for (var i = 0; i < 2; i++)
        {
            using var bench = new Bench("autofis", Dims, training: Bench.SmallTraining with { Grda = new GrdaOptions { C = 0, LearningRate = 0.1 } });
            bench.Learner.RateFactor = i == 0 ? 1 : 1e-3;
            bench.Train(1);
            gates[i] = Math.Abs(Gates(bench)[0] - 0.6);
            others[i] = Math.Abs(bench.Model.Parameters.Single(parameter => parameter.Name == "bias").Values[0]);
        }

        gates[1].ShouldBe(gates[0]);
        others[1].ShouldBe(others[0] * 1e-3, others[0] * 1e-5);
    }

    [Theory]
    [InlineData("user:shop", "there is no pair 'user:shop'; name two fields in the data's order, as user:item")]
    [InlineData("item:user", "there is no pair 'item:user'")]
    [InlineData("user:tags", "none of the 1 chosen pairs has two fields with vectors")]
    public void Constructor_PairThatIsNotThere_SaysWhy(string pair, string reason)
        => Should.Throw<AutoDimException>(() => new Bench("autofis", [3, 3, 0, 3], options: Bench.SmallModel with { Pairs = [pair] })).Message.ShouldContain(reason);

    private static Span<Real> Gates(Bench bench) => bench.Model.Parameters.Single(parameter => parameter.Name == "gates").Values;
}

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
    [InlineData("user:shop", "there is no interaction 'user:shop'; name fields in the data's order, as user:item")]
    [InlineData("item:user", "there is no interaction 'item:user'")]
    [InlineData("user:item:flag", "there is no interaction 'user:item:flag'")]
    [InlineData("user:tags", "none of the chosen pairs and triples has vectors for all its fields")]
    public void Constructor_PairThatIsNotThere_SaysWhy(string pair, string reason)
        => Should.Throw<AutoDimException>(() => new Bench("autofis", [3, 3, 0, 3], options: Bench.SmallModel with { Pairs = [pair] })).Message.ShouldContain(reason);

    [Fact]
    public void Constructor_TripleThatIsNotThere_SaysWhy()
        => Should.Throw<AutoDimException>(() => new Bench("autofis", Dims, options: Bench.SmallModel with { Triples = ["user:item"] })).Message.ShouldContain("there is no interaction 'user:item'; name fields in the data's order, as user:item:tags");

    /// <summary>What three fields do to the logit together, the alternating sum over their eight combinations, is their triple's gate times the product of their differences; pairs give none of it.</summary>
    [Theory, InlineData(true, true), InlineData(true, false), InlineData(false, true), InlineData(false, false)]
    public void Score_TripleKeptOrDropped_TakesPartOrNot(bool searches, bool keeps)
    {
        var options = searches ? Bench.SmallModel with { InteractionOrder = 3 } : Bench.SmallModel with { Triples = [keeps ? "user:item:flag" : "user:item:tags"], Pairs = ["user:item", "item:flag"] };
        using var bench = new Bench("autofis", Dims, options: options);
        bench.Model.Parameters.Single(parameter => parameter.Name == "mlp.output.weight").Values.Clear();
        if (searches && !keeps) TripleGates(bench)[1] = 0;

        // Users, items and flags in all eight combinations; tags stay.
        var split = new MemorySplit(new float[8], [[1, 1, 1, 1, 2, 2, 2, 2], [3, 3, 4, 4, 3, 3, 4, 4], [0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 1, 0, 1]], [null, null, [0, 1, 2, 3, 4, 5, 6, 7, 8], null]);
        var logits = bench.Learner.Score(split);
        var together = Math.Abs(Enumerable.Range(0, 8).Sum(i => (int.PopCount(i) % 2 == 0 ? 1 : -1) * (double)logits[i]));
        if (keeps) together.ShouldBeGreaterThan(1e-4);
        else together.ShouldBeLessThan(2e-6);
    }

    [Fact]
    public void Selection_TriplesToo_NamesThoseOfOpenGates()
    {
        using var bench = new Bench("autofis", Dims, options: Bench.SmallModel with { InteractionOrder = 3 });
        bench.Model.Selection!.Triples.ShouldBe(["user:item:tags", "user:item:flag", "user:tags:flag", "item:tags:flag"]);
        TripleGates(bench)[2] = 0;
        Gates(bench)[0] = 0;
        bench.Model.Selection.Triples.ShouldBe(["user:item:tags", "user:item:flag", "item:tags:flag"]);
        bench.Model.Selection.ToString().ShouldBe("kept 5 of 6 pairs and 3 of 4 triples");
    }

    [Fact]
    public void Step_LargeThreshold_ClosesTheGatesOfTriplesToo()
    {
        using var bench = new Bench("autofis", Dims, options: Bench.SmallModel with { InteractionOrder = 3 }, training: Bench.SmallTraining with { Grda = new GrdaOptions { C = 5 } });
        bench.Train(4);
        bench.Model.Selection!.IsEmpty.ShouldBeTrue();
    }

    private static Span<Real> TripleGates(Bench bench) => bench.Model.Parameters.Single(parameter => parameter.Name == "gates.triples").Values;

    private static Span<Real> Gates(Bench bench) => bench.Model.Parameters.Single(parameter => parameter.Name == "gates").Values;
}

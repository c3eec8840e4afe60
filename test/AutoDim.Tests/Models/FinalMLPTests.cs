using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Models;

/// <summary>FinalMLP's gates, besides what <see cref="ModelTests"/> finds in every model.</summary>
public sealed class FinalMLPTests
{
    private static readonly int[] Dims = [3, 3, 0, 3];

    /// <summary>The public benchmark's count on frappe is 253,392; its gates have tables of their own for users and items (50,400), its rows are 10 more, and one more bias is in its output.</summary>
    [Fact]
    public void Parameters_AtTheBenchmarksSettings_AsPublishedButForTables()
    {
        Field[] fields = [new("user", 956), new("item", 4084), .. Enumerable.Range(0, 7).Select(m => new Field($"other{m}", 1)), new("last", 5389 - 956 - 4084 - 7)];
        var options = new ModelOptions { Hidden = [400], SecondHidden = [100], FusionHeads = 5, GateHidden = [400], FirstGateFields = ["user"], SecondGateFields = ["item"] };
        using var pool = new WorkerPool(1);
        using var model = ModelCatalog.Find("finalmlp").Create(ModelContext.Planned(fields, EmbeddingPlan.Uniform(fields, 10), options, 1, pool));
        (model.Set.Parameters + model.Parameters.Sum(parameter => parameter.Values.Length)).ShouldBe(253_392 - 50_400 - 100 - 1);
    }

    /// <summary>Their weights at 0, gates are 1 and the model is the one without.</summary>
    [Fact]
    public void Score_GatesWithoutWeights_AsWithoutGates()
    {
        using Bench gated = new("finalmlp, gates", Dims), plain = new("finalmlp", Dims);
        foreach (var parameter in gated.Model.Parameters.Where(parameter => parameter.Name.Contains(".gate.output.", StringComparison.Ordinal))) parameter.Values.Clear();
        var split = Toy.Split(40, 3);
        gated.Learner.Score(split).ShouldBe(plain.Learner.Score(split), 1e-5);
    }

    [Fact]
    public void Constructor_FieldThatThePlanDrops_ConditionsOnTheOthersOrOnALearnedVector()
    {
        using Bench others = New(["item", "tags"]), none = New(["tags"]);
        others.Model.Parameters.Single(parameter => parameter.Name == "first.gate.0.weight").Rows.ShouldBe(3);
        others.Model.Parameters.ShouldNotContain(parameter => parameter.Name == "first.gate.context");
        none.Model.Parameters.ShouldContain(parameter => parameter.Name == "first.gate.context");
    }

    [Fact]
    public void Constructor_FieldsThatCannotCondition_SaysWhy()
    {
        Should.Throw<AutoDimException>(() => New(["shop"])).Message.ShouldContain("conditioned on 'shop', but the fields are user, item, tags, flag");
        Should.Throw<AutoDimException>(() => New(["user"], units: null)).Message.ShouldContain("there are no gates; give them hidden layers (gate-hidden)");
    }

    private static Bench New(string[] fields, int[]? units) => new("finalmlp", Dims, options: Bench.SmallModel with { GateHidden = units, FirstGateFields = fields });

    private static Bench New(string[] fields) => New(fields, [4]);
}

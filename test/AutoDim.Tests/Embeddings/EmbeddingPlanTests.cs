using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed class EmbeddingPlanTests
{
    [Theory]
    [InlineData(new[] { 3, 3, 3 }, "the plan has 3 fields, the data 4")]
    [InlineData(new[] { 3, -1, 3, 3 }, "field 'item' has dimension -1; it must be 0 to 4096")]
    [InlineData(new[] { 3, 3, 5000, 3 }, "field 'tags' has dimension 5000")]
    [InlineData(new[] { 0, 0, 0, 0 }, "at least one must keep a vector")]
    public void Check_PlanThatDoesNotFit_SaysWhy(int[] dims, string reason)
        => Should.Throw<AutoDimException>(() => EmbeddingPlan.Of(SmallData.Fields, dims).Check(SmallData.Fields)).Message.ShouldContain(reason);

    [Fact]
    public void Check_OtherRows_SaysWhich()
    {
        Field[] other = [.. SmallData.Fields.Select(field => field.Name == "item" ? field with { Rows = 8 } : field)];
        Should.Throw<AutoDimException>(() => EmbeddingPlan.Uniform(other, 2).Check(SmallData.Fields)).Message.ShouldContain("'item' with 8 rows, the data's is 'item' with 7");
    }

    [Theory, InlineData(Projection.Linear), InlineData(Projection.ZeroPadding)]
    public void Load_SavedPlan_IsTheSame(Projection projection)
    {
        using var folder = new TemporaryFolder();
        using var data = Toy.Clicks();
        var plan = EmbeddingPlan.Of(SmallData.Fields, [1, 5, 0, 2]) with { Projection = projection };
        PlanFile.Of(plan, "hand", "").Save(folder.File("plan.json"));
        var loaded = PlanFile.Load(folder.File("plan.json"), data);
        loaded.Fields.ShouldBe(plan.Fields);
        loaded.Projection.ShouldBe(projection);
    }

    [Theory]
    [InlineData("""{"formatVersion": 1, "fields": [{"field": "user", "dim": 2}, {"field": "shop", "dim": 2}]}""", "it lacks item, tags, flag; it names shop")]
    [InlineData("""{"formatVersion": 1, "fields": [{"field": "user", "dim": 2}, {"field": "user", "dim": 3}]}""", "names field 'user' 2 times")]
    [InlineData("""{"formatVersion": 9, "fields": []}""", "format version 9")]
    [InlineData("""{"formatVersion": 1, "fields": [{"field""", "cannot read the plan")]
    public void Load_PlanThatDoesNotFit_SaysWhy(string text, string reason)
    {
        using var folder = new TemporaryFolder();
        using var data = Toy.Clicks();
        File.WriteAllText(folder.File("plan.json"), text);
        Should.Throw<AutoDimException>(() => PlanFile.Load(folder.File("plan.json"), data)).Message.ShouldContain(reason);
    }
}

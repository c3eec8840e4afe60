using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Models;
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

    [Theory, MemberData(nameof(Bench.Models), MemberType = typeof(Bench)), MemberData(nameof(Bench.RowFormModels), MemberType = typeof(Bench))]
    public void Deployed_AnyModel_EqualsWhatTheModelHolds(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        var entry = Bench.Find(name);
        var bytes = PlanBytes.Of(entry.HasVectors ? bench.Plan : EmbeddingPlan.Uniform(SmallData.Fields, 0), SmallData.Fields, entry.LinearRow(Bench.SmallModel));
        using var deployed = entry.Create(ModelContext.Planned(SmallData.Fields, bench.Plan, bench.Model.Context.Options, 7, bench.Pool, packed: true));
        var centroids = deployed.Parameters.Where(parameter => parameter.Name.EndsWith(CodedForm.CentroidsName, StringComparison.Ordinal)).Sum(parameter => parameter.Values.Length);
        bytes.Tables.ShouldBe(deployed.Tables.Sum(table => table.Codes?.Bytes ?? table.Parameters * sizeof(float)) + (centroids * sizeof(float)));
        bytes.Maps.ShouldBe(bench.Model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)).Sum(parameter => parameter.Length) * sizeof(float));
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

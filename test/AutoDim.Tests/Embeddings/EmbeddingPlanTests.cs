using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

public sealed class EmbeddingPlanTests
{
    private static readonly Field[] Three = [new("a", 10), new("b", 20), new("c", 30)];

    /// <summary>An int8 row of 4 numbers takes 5 bytes (with its scale in one), one of 6 in int4 4, a float32 number 4; the hashed field has 5 rows.</summary>
    [Fact]
    public void Of_OwnStoragesCountsAndForms_EachFieldHasIts()
    {
        var plan = EmbeddingPlan.Of(Three, [4, 2, 6], [RowStorage.Int8, RowStorage.Float32, RowStorage.Int4], [3, 0, 1], [new RoundedForm(8), null, new HashForm(5)]);
        plan.Fields.ShouldBe([
            new PlanField("a", 10, 4, RowStorage.Int8) { MinCount = 3, Form = new RoundedForm(8) },
            new PlanField("b", 20, 2),
            new PlanField("c", 30, 6, RowStorage.Int4) { MinCount = 1, Form = new HashForm(5) }]);
        plan.Fields.Select(item => item.Bytes).ShouldBe([10 * RowFormat.Bytes(RowStorage.Int8, 4), 20 * 8, 5 * RowFormat.Bytes(RowStorage.Int4, 6)]);
        plan.Fields.Select(item => item.Parameters).ShouldBe([40, 40, 30]);
        (plan.Parameters, plan.MappedDim).ShouldBe((110, 6));
        plan.Storages.ShouldBe([RowStorage.Int8, RowStorage.Float32, RowStorage.Int4]);
        plan.MinCounts.ShouldBe([3, 0, 1]);
        plan.Forms.ShouldBe([new RoundedForm(8), null, new HashForm(5)]);
    }

    [Fact]
    public void Of_DimensionsAlone_NothingElseIsSaid()
    {
        foreach (var plan in (EmbeddingPlan[])[EmbeddingPlan.Of(Three, [4, 0, 6]), EmbeddingPlan.Of(Three, [4, 0, 6], [], [], [])])
        {
            plan.Fields.ShouldBe([new PlanField("a", 10, 4), new PlanField("b", 20, 0), new PlanField("c", 30, 6)]);
            plan.Fields[1].Bytes.ShouldBe(0);
            plan.Fields[1].Parameters.ShouldBe(0);
            plan.Storages.ShouldBeEmpty();
            plan.MinCounts.ShouldBeEmpty();
            plan.Forms.ShouldBeEmpty();
        }

        EmbeddingPlan.Of(Three, [4, 4, 4], minCounts: [1, 0, 1]).MinCounts.ShouldBeEmpty();
    }

    [Fact]
    public void IsPlain_Plan_WhereEveryFieldHasTheSameAndARowForEachValue()
    {
        EmbeddingPlan.Uniform(Three, 4).IsPlain.ShouldBeTrue();
        EmbeddingPlan.Of(Three, [4, 4, 4], [RowStorage.Int8, RowStorage.Int8, RowStorage.Int8]).IsPlain.ShouldBeTrue();
        EmbeddingPlan.Of(Three, [4, 4, 2]).IsPlain.ShouldBeFalse();
        EmbeddingPlan.Of(Three, [4, 4, 4], minCounts: [0, 2, 0]).IsPlain.ShouldBeFalse();
        EmbeddingPlan.Of(Three, [4, 4, 4], forms: [null, new HashForm(5), null]).IsPlain.ShouldBeFalse();
    }

    /// <summary>Zeros behind vectors that are whole are the linear projection's identity; a dropped field has no place beside the others where there is no projection.</summary>
    [Theory]
    [InlineData(4, 4, Projection.ZeroPadding, Projection.Linear), InlineData(4, 4, Projection.None, Projection.Linear)]
    [InlineData(0, 4, Projection.ZeroPadding, Projection.Linear), InlineData(0, 4, Projection.None, Projection.None)]
    [InlineData(2, 4, Projection.ZeroPadding, Projection.ZeroPadding), InlineData(2, 4, Projection.None, Projection.None)]
    public void InSimplestProjection_Plan_LinearWhereNothingDiffers(int dim, int largest, Projection projection, Projection simplest)
    {
        var plan = EmbeddingPlan.Of(Three, [largest, dim, largest]) with { Projection = projection };
        plan.InSimplestProjection.ShouldBe(plan with { Projection = simplest });
        plan.IsMixed.ShouldBe(dim == 2);
    }

    [Fact]
    public void Trained_PackedPlan_HasAllNumbersAsFloat32()
    {
        var plan = EmbeddingPlan.Of(Three, [4, 2, 6], [RowStorage.Int8, RowStorage.Float32, RowStorage.Int4], [], [RowForm.Parse("prefix:1:4:4"), null, RowForm.Parse("rounded-prefix:4:1:4:4")]);
        plan.Trained.Fields.ShouldBe([new PlanField("a", 10, 4), new PlanField("b", 20, 2), new PlanField("c", 30, 6) { Form = plan.Fields[2].Form }]);
        plan.AsNumbers.Fields.ShouldBe([new PlanField("a", 10, 4), new PlanField("b", 20, 2), new PlanField("c", 30, 6)]);
        plan.IsAsTrained.ShouldBeFalse();
        EmbeddingPlan.Of(Three, [4, 2, 6], forms: [null, null, new HashForm(5)]).IsAsTrained.ShouldBeTrue();
        EmbeddingPlan.Of(Three, [4, 2, 6], forms: [null, null, new RoundedForm(8)]).IsAsTrained.ShouldBeFalse();
        EmbeddingPlan.Of(Three, [4, 2, 6], [RowStorage.Float32, RowStorage.Float16, RowStorage.Float32]).IsAsTrained.ShouldBeFalse();
    }

    [Fact]
    public void Rounded_PackedPlan_RoundsWhereIntegersAreStored()
    {
        var plan = EmbeddingPlan.Of(Three, [4, 2, 6], [RowStorage.Int8, RowStorage.Float16, RowStorage.Int4], [], [null, new HashForm(5), RowForm.Parse("prefix:1:4:4")]);
        plan.Rounded.Forms.ShouldBe([new RoundedForm(8), new HashForm(5), RowForm.Parse("rounded-prefix:4:1:4:4")]);
        plan.Rounded.Unrounded!.Forms.ShouldBe(plan.Forms);
        plan.Unrounded.ShouldBeNull();
        plan.Stored(RowStorage.Int2).Storages.ShouldBe([RowStorage.Int2, RowStorage.Int2, RowStorage.Int2]);
    }

    [Theory, InlineData(new[] { 4096, 1, 0, 1 }), InlineData(new[] { 0, 0, 1, 0 })]
    public void Check_DimensionsOfTheRange_Pass(int[] dims) => EmbeddingPlan.Of(SmallData.Fields, dims).Check(SmallData.Fields);

    [Fact]
    public void Check_FieldsInOtherOrder_SaysWhich()
    {
        Field[] other = [SmallData.Fields[1], SmallData.Fields[0], .. SmallData.Fields[2..]];
        Should.Throw<AutoDimException>(() => EmbeddingPlan.Uniform(other, 2).Check(SmallData.Fields)).Message.ShouldContain("field 0 of the plan is 'item' with 7 rows, the data's is 'user' with 11");
        Field[] renamed = [SmallData.Fields[0] with { Name = "visitor" }, .. SmallData.Fields[1..]];
        Should.Throw<AutoDimException>(() => EmbeddingPlan.Uniform(renamed, 2).Check(SmallData.Fields)).Message.ShouldContain("'visitor' with 11 rows, the data's is 'user' with 11");
    }

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

    /// <summary>Users seen fewer than so many times share row 0, which ids gain.</summary>
    [Fact]
    public void Load_StoragesCountsAndForms_AreThereAndRowsAreThoseLeft()
    {
        using var folder = new TemporaryFolder();
        using var data = Toy.Clicks();
        var kept = data.TrainCounts[0].Count(count => count >= 40);
        kept.ShouldBeInRange(1, 10);
        var plan = EmbeddingPlan.Of(SmallData.Fields, [1, 5, 0, 2], [RowStorage.Int8, RowStorage.Float32, RowStorage.Int4, RowStorage.Float16], [40, 0, 1, 0], [null, new HashForm(3), null, null]);
        var file = PlanFile.Of(plan, "tried", "toy");
        (file.Method, file.Data, file.FormatVersion).ShouldBe(("tried", "toy", PlanFile.Version));
        file.Save(folder.File("plan.json"));
        PlanFile.Load(folder.File("plan.json"), data).Fields.ShouldBe([plan.Fields[0] with { Rows = 1 + kept }, .. plan.Fields.Skip(1)]);
    }

    [Theory]
    [InlineData("""{"formatVersion": 1, "fields": []}""", "it names no fields; autodim search writes such a file")]
    [InlineData("""{"formatVersion": 1, "fields": null}""", "it names no fields")]
    [InlineData("""{"formatVersion": 1, "fields": [{"field": "user", "dim": 2}, {"dim": 2}]}""", "a field of it has no name")]
    [InlineData("""{"formatVersion": 1, "fields": [null]}""", "a field of it has no name")]
    [InlineData("""{"formatVersion": 1, "fields": [{"field": "user", "dim": 2}, {"field": "item", "dim": 2}, {"field": "flag", "dim": 2}]}""", "it lacks tags")]
    [InlineData("""{"formatVersion": 1, "fields": [{"field": "user", "dim": 2}, {"field": "item", "dim": 2}, {"field": "flag", "dim": 2}, {"field": "tags", "dim": 2}, {"field": "a", "dim": 2}, {"field": "b", "dim": 2}]}""", "does not fit the data: it names a, b, which the data has not")]
    [InlineData("""{"formatVersion": 1, "fields": [{"field": "user", "dim": -2}, {"field": "item", "dim": 2}, {"field": "flag", "dim": 2}, {"field": "tags", "dim": 2}]}""", "field 'user' has dimension -2")]
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

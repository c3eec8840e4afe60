using AutoDim.Compression;
using AutoDim.Embeddings;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Compression;

public sealed class LargestFormsTests
{
    /// <summary>Where 64 rows a field are too many, small fields share rows too.</summary>
    [Theory, InlineData("hashing"), InlineData("qr"), InlineData("robe")]
    public void Plan_SmallFieldsAlone_MeetTheBudgetToo(string name)
    {
        using var toy = new ToyMethods();
        var context = toy.Context;
        var budget = context.Bytes(EmbeddingPlan.Uniform(context.Fields, ToyMethods.FullDim)) * 4 / 5;
        var plan = MethodCatalog.Find(name).Create(context, new AutoDimOptions()).Plan(new PlanRequest(budget, Projection.Linear, RowStorage.Float32))!;
        plan.Fields.ShouldContain(field => field.Form != null);
        context.Bytes(plan).ShouldBeLessThanOrEqualTo(budget);
    }

    /// <summary>Half of the bytes is met by the one large field alone, and one size more would not fit.</summary>
    [Theory, InlineData("hashing"), InlineData("qr"), InlineData("robe")]
    public void Plan_FieldsSmallerThanTheForm_KeepTheirRows(string name)
    {
        using var toy = new ToyMethods(rareUsers: 200);
        var context = toy.Context;
        var whole = context.Bytes(EmbeddingPlan.Uniform(context.Fields, ToyMethods.FullDim));
        var plan = MethodCatalog.Find(name).Create(context, new AutoDimOptions()).Plan(new PlanRequest(whole / 2, Projection.Linear, RowStorage.Float32))!;
        plan.Fields[0].Form.ShouldNotBeNull();
        plan.Fields.Skip(1).ShouldAllBe(field => field.Form == null && field.Dim == ToyMethods.FullDim);
        context.Bytes(plan).ShouldBeInRange((long)(0.45 * whole), whole / 2);
    }
}

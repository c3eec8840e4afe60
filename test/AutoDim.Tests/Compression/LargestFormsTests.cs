using AutoDim.Compression;
using AutoDim.Embeddings;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Compression;

public sealed class LargestFormsTests
{
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

using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>The dullest baseline: one dimension for every field, the largest that fits.</summary>
internal sealed class UniformMethod(MethodContext context) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request) => Enumerable.Range(1, context.FullDim).Reverse()
        .Select(dim => EmbeddingPlan.Uniform(context.Fields, dim).Stored(request.Storage)).FirstOrDefault(plan => context.Fits(plan, request));
}

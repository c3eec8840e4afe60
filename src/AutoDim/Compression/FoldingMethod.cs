using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>Folding alone: every field keeps the full dimension, and values rarer than one minimal count for all share their field's row; the smallest count that fits.</summary>
internal sealed class FoldingMethod(MethodContext context) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request)
    {
        long[][] minCounts = [.. context.Fields.Zip(context.Counts, RareRows.MinCounts)];
        return minCounts.SelectMany(list => list).Append(0).Distinct().Order().Select(minCount => Plan(request, minCount)).FirstOrDefault(plan => context.Fits(plan, request));
    }

    private EmbeddingPlan Plan(PlanRequest request, long minCount)
    {
        long[] minCounts = [.. context.Fields.Select(_ => minCount)];
        return EmbeddingPlan.Of(context.FoldedFields(minCounts), context.Fields.Select(_ => context.FullDim), minCounts: minCounts).Stored(request.Storage) with { Projection = request.Projection };
    }
}

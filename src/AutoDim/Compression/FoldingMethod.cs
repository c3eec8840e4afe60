using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>Folding alone: every field keeps the full dimension, and values rarer than one minimal count for all share their field's row; the smallest count that fits.</summary>
internal sealed class FoldingMethod(MethodContext context) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request)
    {
        if (Plan(request, 0) is var whole && context.Fits(whole, request)) return whole;
        var (least, most) = (1L, context.Counts.Max(counts => counts.Max()) + 1); // of which the first folds nothing and the last everything
        if (!context.Fits(Plan(request, most), request)) return null;
        while (most - least > 1)
        {
            var middle = least + ((most - least) / 2);
            if (context.Fits(Plan(request, middle), request)) most = middle;
            else least = middle;
        }

        return Plan(request, most);
    }

    private EmbeddingPlan Plan(PlanRequest request, long minCount)
    {
        long[] minCounts = [.. context.Fields.Select(_ => minCount)];
        return EmbeddingPlan.Of(context.FoldedFields(minCounts), context.Fields.Select(_ => context.FullDim), minCounts: minCounts).Stored(request.Storage) with { Projection = request.Projection };
    }
}

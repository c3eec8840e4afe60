using AutoDim.Embeddings;
using AutoDim.Search;
using AutoDim.Search.AutoDim;

namespace AutoDim.Compression;

/// <summary>AutoDim (Zhao et al., WWW 2021): one search, whose measured losses give a plan for every budget.</summary>
/// <param name="singleLevel">AutoDim-s: weights and architecture learn together.</param>
/// <param name="tolerance">Measured validation AUC that a plan may lose for being smaller than the preferred one.</param>
internal sealed class AutoDimMethod(MethodContext context, bool singleLevel, double tolerance) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var search = context.Search(singleLevel ? SearchKind.SingleLevel : SearchKind.AutoDim);
        return context.Fits(context.Plan(search.Fields.Select(field => Math.Max(1, field.Dims[0])), request), request)
            ? Derivation.UnderBudget(search, context.Fields, context.LinearRow, request.Budget, tolerance, request.Projection, request.Storage)
            : null;
    }
}

using AutoDim.Embeddings;
using AutoDim.Search;

namespace AutoDim.Compression;

/// <summary>Random search: some plans drawn near the budget, each trained once; the best on validation.</summary>
internal sealed class RandomMethod(MethodContext context) : ICompressionMethod
{
    private const int Trials = 3;

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        int[] candidates = [.. context.Candidates.Where(dim => dim > 0)];
        return context.Fits(context.Plan(context.Fields.Select(_ => candidates[0]), request), request)
            ? RandomPlans.Draw(context.Fields, candidates, context.LinearRow, request.Budget, Trials, context.Training.Seed, request.Projection, request.Storage).MaxBy(context.Try)
            : null;
    }
}

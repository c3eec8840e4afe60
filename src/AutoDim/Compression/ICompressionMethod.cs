using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>A way to make a model's embeddings smaller: an answer to "which plan, within so many bytes?".</summary>
internal interface ICompressionMethod
{
    /// <summary>The method's plan for a request; null where it has none that small.</summary>
    EmbeddingPlan? Plan(PlanRequest request);
}

/// <summary>What a plan must keep to.</summary>
/// <param name="Budget">Most deployed embedding bytes: tables, maps, vocabulary.</param>
/// <param name="Projection">How mixed dimensions are made equal.</param>
/// <param name="Storage">How rows are kept once trained.</param>
internal sealed record PlanRequest(long Budget, Projection Projection, RowStorage Storage);

using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>Another method's plan, its rows in the request's storage while they train too (<see cref="Embeddings.Forms.StoredForm"/>); those of fewer than eight bits train in eight.</summary>
internal sealed class StoredMethod(ICompressionMethod dimensions) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request) => dimensions.Plan(request)?.StoredInTraining;
}

using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>Another method's plan, its rows in the request's storage while they train too (<see cref="Embeddings.Forms.StoredForm"/>), where that is int8 or float16.</summary>
internal sealed class StoredMethod(ICompressionMethod dimensions) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request) => dimensions.Plan(request)?.StoredInTraining;
}

using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>
/// Another method's plan, trained further with rows rounded to the request's storage in every step, and not once at the end, where that has integers. What suits few bits is learnt,
/// as by learned-step quantisation (ALPT, Li et al., AAAI 2023), but that a row's scale is the one of least squared error and not a weight.
/// </summary>
internal sealed class RoundedMethod(ICompressionMethod dimensions) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request) => dimensions.Plan(request)?.Rounded;
}

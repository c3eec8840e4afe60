using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// Product quantisation learned with the model (DPQ, Chen et al., ICML 2020; MGQE, Kang et al., WWW 2020): every field keeps its full dimension, its rows codes; of the numbers of groups and of
/// centroids, the same for all fields, those that make the largest plan within the request. A field whose codes save nothing keeps its rows.
/// </summary>
/// <param name="form">Of groups and centroids.</param>
internal sealed class DpqMethod(MethodContext context, Func<long, long, RowForm> form) : ICompressionMethod
{
    private const int MostCentroids = 256;

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        var sizes = Powers(context.FullDim).SelectMany(groups => Powers(MostCentroids).Where(centroids => centroids > 1).Select(centroids => form(groups, centroids)));
        return sizes.Select(size => LargestForms.PlanOf(context, request, _ => size)).Where(plan => context.Fits(plan, request)).MaxBy(context.Bytes);
    }

    private static IEnumerable<int> Powers(int most)
    {
        for (var power = 1; power <= most; power *= 2) yield return power;
    }
}

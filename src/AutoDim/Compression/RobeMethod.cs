using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// ROBE (Desai et al., MLSys 2022): every field keeps its full dimension, and an array of at most so many numbers, as many for all fields, which its values share in
/// blocks; the largest that fits. A field with no more numbers keeps its own.
/// </summary>
internal sealed class RobeMethod(MethodContext context) : ICompressionMethod
{
    private const int Block = 8;

    public EmbeddingPlan? Plan(PlanRequest request)
        => LargestForms.Plan(context, request, (_, share) => new RobeForm(LargestForms.RowsOf(context, share) * context.FullDim, Block));
}

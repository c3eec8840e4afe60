using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// ROBE (Desai et al., MLSys 2022): every field keeps its full dimension, and an array with the same share of its numbers, but where they fit no fewer than 64 rows have, which its values share in
/// blocks; the largest share that fits. A field with no more rows keeps its own.
/// </summary>
internal sealed class RobeMethod(MethodContext context) : ICompressionMethod
{
    private const int Block = 8;

    public EmbeddingPlan? Plan(PlanRequest request)
        => LargestForms.Plan(context, request, (field, size) => new RobeForm(LargestForms.RowsOf(field, size) * context.FullDim, Block));
}

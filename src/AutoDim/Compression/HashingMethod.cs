using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// The hashing trick (Weinberger et al., ICML 2009): every field keeps its full dimension and the same share of its rows, but where they fit no fewer than 64, which its values
/// share by chance; the largest share that fits. A field with no more rows keeps its own.
/// </summary>
internal sealed class HashingMethod(MethodContext context) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request) => LargestForms.Plan(context, request, (field, size) => new HashForm(LargestForms.RowsOf(field, size)));
}

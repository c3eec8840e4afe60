using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// The hashing trick (Weinberger et al., ICML 2009): every field keeps its full dimension, and at most so many rows, one number for all fields, which its values
/// share by chance; the largest that fits. A field with no more rows keeps its own.
/// </summary>
internal sealed class HashingMethod(MethodContext context) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request) => LargestForms.Plan(context, request, (_, share) => new HashForm(LargestForms.RowsOf(context, share)));
}

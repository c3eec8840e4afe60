using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>
/// Quotient and remainder (Shi et al., KDD 2020): every field keeps its full dimension, and a table of remainders with the same share of its rows, but where they fit no fewer than 64 and
/// than their root, where both tables together are smallest; the largest share that fits. A field with no more rows keeps its own.
/// </summary>
internal sealed class QuotientRemainderMethod(MethodContext context) : ICompressionMethod
{
    public EmbeddingPlan? Plan(PlanRequest request)
        => LargestForms.Plan(context, request, (field, size) => new QuotientRemainderForm(Math.Max((long)Math.Ceiling(Math.Sqrt(field.Rows)), LargestForms.RowsOf(field, size))));
}

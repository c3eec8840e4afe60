using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;

namespace AutoDim.Compression;

/// <summary>TT-Rec (Yin et al., MLSys 2021): every field keeps its full dimension, its table a tensor train; the largest rank that fits, one for all fields.</summary>
internal sealed class TensorTrainMethod(MethodContext context) : ICompressionMethod
{
    private const int MaxRank = 128;

    public EmbeddingPlan? Plan(PlanRequest request)
        => LargestForms.Plan(context, request, (field, share) => new TensorTrainForm(Math.Max(1, (long)(share * MaxRank))));
}

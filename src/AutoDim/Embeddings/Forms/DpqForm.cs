using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>Differentiable product quantisation by distance (DPQ-VQ, Chen et al., ICML 2020): a code is that of the centroid nearest to the value's query.</summary>
public sealed record DpqForm(long Groups, long Centroids) : CodedForm(Groups, Centroids)
{
    public const string Name = "dpq";

    private protected override string FormName => Name;

    internal override QueryRows Learned(in ComposedField field, EmbeddingTable queries, Parameter centroids, VectorGroups groups)
    {
        var count = (int)Centroids;
        return new NearestRows(queries, centroids, groups, _ => count);
    }
}

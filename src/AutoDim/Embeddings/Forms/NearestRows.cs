using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>Codes are those of the centroids nearest to a value's query.</summary>
/// <param name="limit">How many centroids a row may choose among.</param>
internal unsafe class NearestRows(EmbeddingTable queries, Parameter centroids, VectorGroups groups, Func<long, int> limit) : QueryRows(queries)
{
    public override void Encode(EmbeddingTable numbers, EmbeddingTable codes)
    {
        var row = stackalloc byte[groups.Count];
        for (var i = 0L; i < numbers.Rows; i++)
        {
            for (var g = 0; g < groups.Count; g++) row[g] = (byte)NearestCentroids.Nearest(numbers.Row(i), centroids, groups, g, limit(i));
            codes.Codes!.Write(codes.Packed.Pointer, i, row);
        }
    }

    protected sealed override Tensor Quantise(Tape tape, Tensor queries, DistinctRows rows) => NearestCentroids.Apply(tape, queries, centroids, groups, rows, limit);
}

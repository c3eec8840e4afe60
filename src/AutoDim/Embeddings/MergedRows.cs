using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>All ranks' gradients for the rows of one table that this rank updates: each row once, with their sum.</summary>
internal sealed unsafe class MergedRows(EmbeddingTable table) : IDisposable
{
    private readonly Tensor vectors = new();
    private readonly ReusedBuffer<Real> gradients = new();
    private DistinctRows? distinct;

    public TableLookup Lookup => new(table.Index, (nint)(distinct == null ? null : distinct.Rows), vectors);

    /// <summary>In the order of ranks, so that every rank that has the table gets the same bits.</summary>
    public void Sum(RowTraffic received, int ranks)
    {
        int entries = 0, dim = table.Dim;
        for (var rank = 0; rank < ranks; rank++) entries += received.Count(rank, table.Index);
        distinct ??= new DistinctRows(table.OwnRows, Math.Max(1, entries));
        distinct.Begin(entries);
        for (int rank = 0, entry = 0; rank < ranks; entry += received.Count(rank++, table.Index)) distinct.Add(entry, received.Rows(rank, table.Index), received.Count(rank, table.Index));

        vectors.Place(distinct.Count, dim, null, gradients.Reserve((long)distinct.Count * dim));
        vectors.EnsureGradient();
        for (int rank = 0, entry = 0; rank < ranks; rank++)
        {
            var values = received.Values(rank, table.Index);
            for (var i = 0; i < received.Count(rank, table.Index); i++, entry++, values += dim) VectorKernels.AddScaled(vectors.GradientRow(distinct.Positions[entry]), 1, values, dim);
        }
    }

    public void Dispose()
    {
        distinct?.Dispose();
        gradients.Dispose();
    }
}

using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>Vectors whose codes are still to be found: each value has a query, a row of numbers that decides them.</summary>
internal abstract class QueryRows(EmbeddingTable queries) : ComposedRows, IRowCoder
{
    public sealed override Tensor Lookup(Tape tape, IndexedBatch input) => Quantise(tape, Rows(tape, input, queries), input.RowsOf(queries));

    public abstract void Encode(EmbeddingTable numbers, EmbeddingTable codes);

    /// <summary>The vectors that queries stand for: (U, d) → (U, d).</summary>
    protected abstract Tensor Quantise(Tape tape, Tensor queries, DistinctRows rows);
}

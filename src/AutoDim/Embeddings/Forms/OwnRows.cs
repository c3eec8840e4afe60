using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>Each value's vector is a row of its own.</summary>
internal sealed class OwnRows(EmbeddingTable table) : ComposedRows
{
    public override Tensor Lookup(Tape tape, IndexedBatch input) => Rows(tape, input, table);
}

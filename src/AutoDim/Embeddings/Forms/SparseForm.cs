namespace AutoDim.Embeddings.Forms;

/// <summary>Rows of which any numbers are kept: <see cref="SparseRows"/>.</summary>
/// <param name="Counts">How much the mask keeps.</param>
internal sealed record SparseForm(KeptCounts Counts, long Mask) : MaskedForm(Mask)
{
    public const string Name = "sparse";

    public override string Text => $"{Name}:{Counts.Kept}:{Counts.Filled}:{Counts.Pairs}:{Mask}";

    internal override KeptLayout Layout => (name, rows, dim, storage, source) => new SparseRows(name, rows, dim, storage, Counts, source);

    internal override long Kept => Counts.Kept;

    internal override long KeptBytes(long rows, int dim, RowStorage storage) => SparseRows.Bytes(rows, dim, storage, Counts);
}

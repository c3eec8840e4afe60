namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Each value has a row, of which a mask keeps some numbers; the others are zero, in training and after it. Deployed, only the kept ones are there:
/// <see cref="SparseRows"/>. First-order weights are all kept.
/// </summary>
/// <param name="Counts">How much the mask keeps.</param>
/// <param name="Mask">The mask's number, by which a training finds it; a trained model needs it no more.</param>
internal sealed record SparseForm(KeptCounts Counts, long Mask) : RowForm
{
    public const string Name = "sparse";

    public override string Text => $"{Name}:{Counts.Kept}:{Counts.Filled}:{Counts.Pairs}:{Mask}";

    public override RowForm? Trained => null;

    public override long Parameters(long rows, int dim) => dim == 1 ? rows : Counts.Kept;

    public override long Bytes(long rows, int dim, RowStorage storage) => dim == 1 ? rows * RowFormat.Bytes(storage, 1) : SparseRows.Bytes(rows, dim, storage, Counts);

    internal override ComposedRows Create(in ComposedField field)
        => new OwnRows(field.Owner.AddTable(field.Set, field.Field, field.Name, field.Rows, field.Dim, field.Deviation, field.Random, kept: field.Dim == 1 ? null : Counts));
}

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Each value has a row, of which a mask keeps some numbers; the others are zero, in training and after it. Deployed, only the kept ones are there. First-order weights are all kept.
/// </summary>
/// <param name="Mask">The mask's number, by which a training finds it; a trained model needs it no more.</param>
internal abstract record MaskedForm(long Mask) : RowForm
{
    public override RowForm? Trained => null;

    /// <summary>How the deployed rows lie.</summary>
    internal abstract KeptLayout Layout { get; }

    public sealed override long Parameters(long rows, int dim) => dim == 1 ? rows : Kept;

    public sealed override long Bytes(long rows, int dim, RowStorage storage) => dim == 1 ? rows * RowFormat.Bytes(storage, 1) : KeptBytes(rows, dim, storage);

    /// <summary>Numbers kept.</summary>
    internal abstract long Kept { get; }

    internal abstract long KeptBytes(long rows, int dim, RowStorage storage);

    internal override ComposedRows Create(in ComposedField field) => new OwnRows(field.AddRows(field.Dim == 1 ? null : Layout));
}

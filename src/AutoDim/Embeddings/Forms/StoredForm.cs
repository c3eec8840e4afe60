namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Each value has a row, which lies in few bits while it trains too, after ALPT (Li et al., AAAI 2023, algorithm 1): a step reads the rows of its batch as numbers, moves them, and rounds them again,
/// up or down by chance so that the mean of it is the number that was moved. No row is anywhere in float32; the optimiser's state is. A row's scale is the least that reaches its largest number, and not a weight.
/// First-order weights, single numbers, stay float32 while they train.
/// </summary>
/// <param name="Bits">Of a number: 8, an integer with a scale for the row, or 16, half precision.</param>
public sealed record StoredForm(long Bits) : RowForm
{
    public const string Name = "stored";

    public long Bits { get; } = Bits is 8 or 16 ? Bits : throw new AutoDimException($"a form stores rows in {Bits} bits; expected 8 or 16");

    public override string Text => FormattableString.Invariant($"{Name}:{Bits}");

    internal override bool IsAsTrained => false;

    /// <summary>How rows lie while they train.</summary>
    internal RowStorage Storage => Bits == 8 ? RowStorage.Int8 : RowStorage.Float16;

    internal override RowForm? AsNumbers => null;

    /// <summary>The form whose rows train as a storage has them, or in the fewest bits in which rows can; null where rows are to stay whole.</summary>
    public static StoredForm? For(RowStorage storage) => storage switch
    {
        RowStorage.Float32 => null,
        RowStorage.Float16 => new StoredForm(16),
        _ => new StoredForm(8),
    };

    public override long Parameters(long rows, int dim) => rows * dim;

    public override long Bytes(long rows, int dim, RowStorage storage) => rows * RowFormat.Bytes(storage, dim);

    internal override ComposedRows Create(in ComposedField field) => new OwnRows(field.Set.IsDeployed || field.Dim == 1 ? field.AddRows() : field.AddRows(learnt: Storage));
}

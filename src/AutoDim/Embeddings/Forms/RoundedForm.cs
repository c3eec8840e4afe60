using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Each value has a row, which the model sees rounded while it trains, the very way an integer storage will round it, so that rows and dense weights learn to live with that. Rows that are rounded only
/// after training need more bits.
/// </summary>
/// <param name="Bits">Of a number: 2, 3, 4 or 8. The plan's storage is to be that of as many.</param>
public sealed record RoundedForm(long Bits) : RowForm
{
    public const string Name = "rounded";

    public long Bits { get; } = Bits is 2 or 3 or 4 or 8 ? Bits : throw new AutoDimException($"a form rounds to {Bits} bits; expected 2, 3, 4 or 8");

    public override string Text => FormattableString.Invariant($"{Name}:{Bits}");

    /// <summary>How rows are rounded.</summary>
    public RowStorage Storage => Bits switch { 2 => RowStorage.Int2, 3 => RowStorage.Int3, 4 => RowStorage.Int4, _ => RowStorage.Int8 };

    internal override bool IsAsTrained => false;

    /// <summary>The form whose rows suit a storage; null where that has no integers.</summary>
    public static RoundedForm? For(RowStorage storage) => storage switch
    {
        RowStorage.Int2 => new RoundedForm(2),
        RowStorage.Int3 => new RoundedForm(3),
        RowStorage.Int4 => new RoundedForm(4),
        RowStorage.Int8 => new RoundedForm(8),
        _ => null,
    };

    public override long Parameters(long rows, int dim) => rows * dim;

    public override long Bytes(long rows, int dim, RowStorage storage) => rows * RowFormat.Bytes(storage, dim);

    internal override ComposedRows Create(in ComposedField field)
    {
        var table = field.AddRows();
        return field.Set.IsDeployed ? new OwnRows(table) : new RoundedRows(table, [.. Enumerable.Repeat(Storage, field.Dim + 1)]);
    }
}

/// <summary>A table's rows as integer storages would give them back; of a row that a mask cuts, the numbers that it keeps.</summary>
/// <param name="storages">Of rows of each count of kept numbers, from 0 on.</param>
internal sealed class RoundedRows(EmbeddingTable table, RowStorage[] storages) : ComposedRows
{
    private readonly RowStorage[] storages = [.. storages.Select(RowFormat.For)];

    public override Tensor Lookup(Tape tape, IndexedBatch input) => RoundRows.Apply(tape, Rows(tape, input, table), storages, table, input.RowsOf(table));
}

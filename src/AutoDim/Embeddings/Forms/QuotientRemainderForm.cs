using AutoDim.Autograd;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// A vector is the elementwise product of a row for its value's quotient and one for its remainder, E_q[x div m] ⊙ E_r[x mod m] (Shi et al.,
/// KDD 2020): every value keeps a vector of its own, from some 2√rows rows at the least.
/// </summary>
/// <param name="Remainders">m, the rows of the table of remainders; that of quotients has ⌈rows / m⌉.</param>
public sealed record QuotientRemainderForm(long Remainders) : RowForm
{
    public const string Name = "qr";

    public override string Text => $"{Name}:{Remainders}";

    public override long Parameters(long rows, int dim) => Stored(rows) * dim;

    public override long Bytes(long rows, int dim, RowStorage storage) => Stored(rows) * RowFormat.Bytes(storage, dim);

    /// <summary>Both tables' normal starts have the root of the deviation, as the deviation of their product is that of the one times that of the other.</summary>
    internal override ComposedRows Create(in ComposedField field)
    {
        var deviation = Math.Sqrt(field.Deviation);
        return new ProductRows(
            field.AddTable(".quotient", new DigitRule(field.Field, Quotients(field.Rows), Remainders), field.Dim, deviation),
            field.AddTable(".remainder", new DigitRule(field.Field, Math.Min(Remainders, field.Rows), 1), field.Dim, deviation));
    }

    private long Quotients(long rows) => (rows + Remainders - 1) / Remainders;

    private long Stored(long rows) => Quotients(rows) + Math.Min(Remainders, rows);

    private sealed class ProductRows(EmbeddingTable quotient, EmbeddingTable remainder) : ComposedRows
    {
        public override Tensor Lookup(Tape tape, IndexedBatch input) => Product.Apply(tape, Select(tape, input, quotient), Select(tape, input, remainder));
    }
}

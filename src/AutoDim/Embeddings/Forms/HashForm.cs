using AutoDim.Autograd;
using AutoDim.Graphs;

namespace AutoDim.Embeddings.Forms;

/// <summary>Values that fall together share a row (the hashing trick, Weinberger et al., ICML 2009).</summary>
/// <param name="Size">Rows that are kept, at most the field's.</param>
public sealed record HashForm(long Size) : RowForm
{
    public const string Name = "hash";

    public override string Text => $"{Name}:{Size}";

    public override long Parameters(long rows, int dim) => Math.Min(Size, rows) * dim;

    public override long Bytes(long rows, int dim, RowStorage storage) => Math.Min(Size, rows) * RowFormat.Bytes(storage, dim);

    internal override ComposedRows Create(in ComposedField field) => new SharedRows(field.AddTable("", new HashRule(field.Field, Math.Min(Size, field.Rows)), field.Dim, field.Deviation));

    /// <summary>Each value's vector is a row of one table.</summary>
    private sealed class SharedRows(EmbeddingTable table) : ComposedRows
    {
        public override Tensor Lookup(Tape tape, IndexedBatch input) => Select(tape, input, table);
    }
}

/// <summary>Rows by a hash of the value's own row: neighbours fall apart, as popular values are neighbours.</summary>
internal sealed record HashRule(int Field, long Rows) : RowRule(Field, Rows)
{
    private const long Multiplier = 2654435761, Range = 1L << 32; // Knuth's; a field has fewer than 2^31 rows

    public override long RowOf(long row, int part) => row * Multiplier % Range % Rows;

    public override GraphValue Describe(ForwardGraph graph, GraphValue rows)
        => graph.Node("Mod", [graph.Node("Mod", [graph.Multiply(rows, graph.Numbers([Multiplier])), graph.Numbers([Range])]), graph.Numbers([Rows])]);
}

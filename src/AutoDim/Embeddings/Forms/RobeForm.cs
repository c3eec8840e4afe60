using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// A vector is cut into blocks, each of which lies at a hashed place of one array of weights that all of the field's values share (ROBE, Desai et al.,
/// MLSys 2022). Here the array is a field's own and places are multiples of the block; in the paper one array serves all fields, and blocks may overlap.
/// </summary>
/// <param name="Size">Numbers of the array.</param>
/// <param name="Block">Numbers of a block; a vector that is shorter has one of its own length.</param>
public sealed record RobeForm(long Size, long Block) : RowForm
{
    public const string Name = "robe";

    public override string Text => $"{Name}:{Size}:{Block}";

    public override long Parameters(long rows, int dim) => Blocks(rows, dim) * Length(dim);

    public override long Bytes(long rows, int dim, RowStorage storage) => Blocks(rows, dim) * RowFormat.Bytes(storage, Length(dim));

    internal override ComposedRows Create(in ComposedField field)
    {
        var rule = new BlockRule(field.Field, Blocks(field.Rows, field.Dim), Parts(field.Dim));
        return new BlockRows(field.AddTable("", rule, Length(field.Dim), field.Deviation), rule.Parts, field.Dim);
    }

    private int Length(int dim) => (int)Math.Min(Block, dim);

    private int Parts(int dim) => (dim + Length(dim) - 1) / Length(dim);

    private long Blocks(long rows, int dim) => Math.Min((Size + Length(dim) - 1) / Length(dim), rows * Parts(dim));

    private sealed class BlockRows(EmbeddingTable table, int parts, int dim) : ComposedRows
    {
        public override Tensor Lookup(Tape tape, IndexedBatch input) => Select(tape, input, table, parts, dim);
    }
}

/// <summary>The block of each part of a vector by a universal hash, ((a·row + b) mod p) mod blocks, with an a and b for each part (Carter, Wegman, 1979).</summary>
internal sealed record BlockRule(int Field, long Rows, int Parts) : RowRule(Field, Rows, Parts)
{
    private const long Prime = (1L << 31) - 1; // a field has fewer than 2^31 rows

    private static readonly CounterRandom Random = new(0x20BE, 0);

    public override long RowOf(long row, int part) => ((Factor(part) * row) + Shift(part)) % Prime % Rows;

    public override GraphValue Describe(ForwardGraph graph, GraphValue rows)
    {
        var parts = Enumerable.Range(0, Parts);
        var hashes = graph.Add(graph.Multiply(graph.Unsqueeze(rows, 1), graph.Numbers([.. parts.Select(Factor)])), graph.Numbers([.. parts.Select(Shift)]));
        return graph.Reshape(graph.Node("Mod", [graph.Node("Mod", [hashes, graph.Numbers([Prime])]), graph.Numbers([Rows])]), -1);
    }

    private static long Factor(int part) => 1 + Random.Below(2L * part, Prime - 1);

    private static long Shift(int part) => Random.Below((2L * part) + 1, Prime);
}

using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>A field's vectors as its form makes them, from tables and weights of its own.</summary>
internal abstract class ComposedRows
{
    /// <summary>The field's distinct vectors in a batch: (distinct, dim), in the order of its <see cref="DistinctRows"/>.</summary>
    public abstract Tensor Lookup(Tape tape, IndexedBatch input);

    /// <summary>The same number of a table's rows for each distinct vector, side by side up to so many columns.</summary>
    protected static Tensor Select(Tape tape, IndexedBatch input, EmbeddingTable table, int parts = 1, int? columns = null)
    {
        var vectors = Rows(tape, input, table);
        return SelectRows.Apply(tape, vectors, input.RowsOf(table), parts, columns ?? table.Dim);
    }

    /// <summary>A table's distinct rows in a batch.</summary>
    protected static Tensor Rows(Tape tape, IndexedBatch input, EmbeddingTable table)
    {
        var rows = input.RowsOf(table);
        var vectors = Gather.Reserve(tape, table, rows);
        Gather.Fill(table, input, vectors);
        return vectors;
    }
}

/// <summary>What a form makes tables for.</summary>
/// <param name="Owner">The layer that the tables and weights belong to.</param>
/// <param name="Set">All tables of the model.</param>
/// <param name="Field">Index of the field.</param>
/// <param name="Name">Of its vectors; tables are named after it.</param>
/// <param name="Rows">Vectors to tell apart.</param>
/// <param name="Dim">Numbers of each.</param>
/// <param name="Deviation">Standard deviation that the vectors start with.</param>
internal readonly record struct ComposedField(EmbeddingLayer Owner, TableSet Set, int Field, string Name, long Rows, int Dim, double Deviation, CounterRandom Random)
{
    /// <summary>A table of a row for each value.</summary>
    /// <param name="kept">How the rows lie packed where a mask keeps only some of their numbers; null: every row is whole.</param>
    /// <param name="learnt">How the rows lie packed while they train; null: as numbers.</param>
    public EmbeddingTable AddRows(KeptLayout? kept = null, RowStorage? learnt = null) => Owner.AddTable(Set, Field, Name, Rows, Dim, Deviation, Random, kept: kept, learnt: learnt);

    /// <summary>A table to which a rule leads.</summary>
    /// <param name="name">What follows the field's in its name.</param>
    public EmbeddingTable AddTable(string name, RowRule rule, int dim, double deviation) => Owner.AddTable(Set, Field, Name + name, rule.Rows, dim, deviation, Random, Set.Add(rule));
}

using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>Copies a field's distinct rows out of its table: (distinct, dim). The gradient stays there for the table's optimiser.</summary>
internal static unsafe class Gather
{
    /// <summary>Rows fetched ahead of the one in hand: enough to hide a miss to memory behind the others.</summary>
    internal const int Ahead = 16;

    /// <summary>Makes room for the vectors of every lookup of a layer; <see cref="Fill"/> copies them in, in parallel over fields.</summary>
    public static Tensor Reserve(Tape tape, EmbeddingTable table, DistinctRows distinct)
    {
        var vectors = tape.NewTensor(distinct.Count, table.Dim);
        vectors.IsFrozen = tape.TablesFrozen;
        if ((tape.IsTraining && !tape.TablesFrozen) || tape.IsTraced) tape.Lookups.Add(new TableLookup(table.Index, (nint)distinct.Rows, vectors));
        return vectors;
    }

    public static void Fill(EmbeddingTable table, IndexedBatch input, Tensor vectors)
    {
        if (table.Share != null)
        {
            input.Exchange!.Fill(table, vectors);
            return;
        }

        var distinct = input.RowsOf(table);
        for (var u = 0; u < distinct.Count; u++)
        {
            if (u + Ahead < distinct.Count) table.Prefetch(distinct.Rows[u + Ahead]);
            table.Read(distinct.Rows[u], vectors.Row(u));
        }
    }
}

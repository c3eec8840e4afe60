using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>Copies a field's distinct rows out of its table: (distinct, dim). The gradient stays there for the table's optimiser.</summary>
internal static unsafe class Gather
{
    /// <summary>Makes room for the vectors of every lookup of a layer; <see cref="Fill"/> copies them in, in parallel over fields.</summary>
    public static Tensor Reserve(Tape tape, EmbeddingTable table, DistinctRows distinct)
    {
        var vectors = tape.NewTensor(distinct.Count, table.Dim);
        vectors.IsFrozen = tape.TablesFrozen;
        if (tape.IsTraining && !tape.TablesFrozen) tape.Lookups.Add(new TableLookup(table.Index, (nint)distinct.Rows, vectors));
        return vectors;
    }

    public static void Fill(EmbeddingTable table, DistinctRows distinct, Tensor vectors)
    {
        var bytes = table.Dim * sizeof(Real);
        for (var u = 0; u < distinct.Count; u++)
        {
            Buffer.MemoryCopy(table.Row(distinct.Rows[u]), vectors.Row(u), bytes, bytes);
        }
    }
}

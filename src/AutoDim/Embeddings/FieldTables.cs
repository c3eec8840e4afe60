using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>One table per field, or what a form makes in its place, and the lookup of a batch in all of them; fields of dimension 0 have none.</summary>
internal sealed class FieldTables
{
    private readonly EmbeddingTable?[] tables;
    private readonly ComposedRows?[] composed;
    private readonly FieldVector[] vectors;
    private IndexedBatch input = null!;

    public FieldTables(EmbeddingLayer owner, TableSet set, string prefix, IReadOnlyList<Field> fields, IReadOnlyList<int> dims, double deviation, CounterRandom random)
    {
        tables = new EmbeddingTable?[fields.Count];
        composed = new ComposedRows?[fields.Count];
        for (var m = 0; m < fields.Count; m++)
        {
            if (dims[m] == 0) continue;
            var name = $"{prefix}.{fields[m].Name}";
            if (set.FormOf(m) is { } form) composed[m] = form.Create(new ComposedField(owner, set, m, name, fields[m].Rows, dims[m], deviation, random));
            else tables[m] = owner.AddTable(set, m, name, fields[m].Rows, dims[m], deviation, random);
        }

        vectors = new FieldVector[dims.Count(dim => dim > 0)];
        Sequences = new SequenceEntries[fields.Where((_, m) => dims[m] > 0).Sum(field => field.Sequences?.Count ?? 0)];
    }

    /// <summary>The sequences of the kept fields; filled by <see cref="Lookup"/>.</summary>
    public SequenceEntries[] Sequences { get; }

    /// <summary>Each kept field's distinct rows, multi-valued fields averaged per sample.</summary>
    /// <param name="transform">What a search puts between rows and model; null: nothing.</param>
    public FieldVector[] Lookup(Tape tape, IndexedBatch input, IRowTransform? transform = null)
    {
        tape.Clock?.Begin("gather");
        this.input = input;
        var next = 0;
        for (var m = 0; m < tables.Length; m++)
        {
            var rows = tables[m] is { } table ? Gather.Reserve(tape, table, input.Fields[m]) : composed[m]?.Lookup(tape, input);
            if (rows != null) vectors[next++] = new FieldVector(m, rows, PositionsOf(input.Fields[m]), transform == null ? input.Fields[m] : null);
        }

        PlaceSequences();
        tape.Pool.For(vectors.Length, 1, this, static (self, first, last) => self.Fill(first, last));
        for (var i = 0; i < vectors.Length; i++)
        {
            var m = vectors[i].Field;
            if (transform != null) vectors[i] = vectors[i] with { Vectors = transform.Apply(tape, m, input.Fields[m], vectors[i].Vectors) };
            if (input.Batch.Columns[m].Field.MultiValued)
            {
                vectors[i] = new FieldVector(m, PoolValues.Apply(tape, vectors[i].Vectors, m, input.Fields[m], input.Size), 0);
            }
        }

        return vectors;
    }

    private unsafe void PlaceSequences()
    {
        if (Sequences.Length == 0) return; // a batch may still have some
        var next = 0;
        for (var i = 0; i < vectors.Length; i++)
        {
            var (distinct, first, number) = (input.Fields[vectors[i].Field], input.Size, 0);
            foreach (var sequence in input.Batch.Columns[vectors[i].Field].Sequences)
            {
                Sequences[next++] = new SequenceEntries(i, number++, (nint)(distinct.Positions + first), first, (nint)sequence.Offsets!.Pointer);
                first += sequence.Count;
            }
        }
    }

    private static unsafe nint PositionsOf(DistinctRows distinct) => (nint)distinct.Positions;

    private void Fill(int first, int last)
    {
        for (var i = first; i < last; i++)
        {
            var m = vectors[i].Field;
            if (tables[m] is { } table) Gather.Fill(table, input, vectors[i].Vectors);
        }
    }
}

using System.Buffers;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Turns cells into rows of the splits' files, some chunks at a time. Fields and sequences are shared out among cores; a field's chunks come
/// one after the other, so that its vocabulary stays in cache. Of several ranks each encodes its <see cref="SplitShare"/>.
/// </summary>
internal sealed class EncodingPass
{
    private const int ChunksAtATime = 8;

    private readonly CellFile cells;
    private readonly SplitShare share;
    private readonly int[] own; // the chunks that have rows of the share
    private readonly FieldEncoder[] encoders;
    private readonly SequenceEncoder[] sequences;
    private readonly SplitWriter[] writers;
    private readonly int[] places; // the writers' column of each sequence
    private readonly RecordChunk[] chunks;
    private int first, count;

    /// <param name="columns">The writers' columns.</param>
    public EncodingPass(CellFile cells, SplitShare share, Schema schema, FieldEncoder[] encoders, SequenceEncoder[] sequences, Field[] columns, SplitWriter[] writers)
    {
        this.cells = cells;
        this.share = share;
        own = [.. Enumerable.Range(0, cells.Chunks).Where(share.Has)];
        this.encoders = encoders;
        this.sequences = sequences;
        this.writers = writers;
        places = [.. sequences.Select(sequence => Array.FindIndex(columns, column => column.Name == sequence.Name))];
        chunks = [.. Enumerable.Range(0, ChunksAtATime).Select(_ => new RecordChunk(schema))];
    }

    /// <summary>The share of this rank's chunks that are encoded.</summary>
    public double Done => own.Length == 0 ? 1 : (double)(first + count) / own.Length;

    /// <summary>Encodes the next chunks; false where none is left.</summary>
    public bool Next(WorkerPool pool)
    {
        first += count;
        count = Math.Min(own.Length - first, ChunksAtATime);
        for (var i = 0; i < count; i++)
        {
            var chunk = chunks[i];
            share.ReadRows(own[first + i], chunk);
            for (var row = 0; row < chunk.Count; row++) WriterOf(chunk, row)?.AddLabel(chunk.Labels[row]);
        }

        pool.For(encoders.Length + sequences.Length, 1, this, static (pass, first, last) =>
        {
            for (var m = first; m < last; m++) pass.Encode(m);
        });
        foreach (var writer in writers) writer.WriteFull();
        return count > 0;
    }

    /// <summary>Null for a row that another rank encodes.</summary>
    private SplitWriter? WriterOf(RecordChunk chunk, int row) => chunk.Splits[row] < writers.Length ? writers[chunk.Splits[row]] : null;

    /// <param name="m">A field, or, after them, a sequence.</param>
    private void Encode(int m)
    {
        for (var i = 0; i < count; i++)
        {
            if (m < encoders.Length) EncodeField(m, i);
            else EncodeSequence(m - encoders.Length, i);
        }
    }

    private void EncodeField(int m, int i)
    {
        var (chunk, column) = (chunks[i], chunks[i].Columns[m]);
        cells.ReadField(own[first + i], m, column);
        var values = column.Values;
        var rows = ArrayPool<long>.Shared.Rent(values.Length);
        encoders[m].RowsOf(values, rows);
        if (column.MultiValued) AddLists(m, chunk, rows);
        else
        {
            for (byte split = 0; split < writers.Length; split++) writers[split].Column(m).AddSplit(split, chunk.Splits.AsSpan(0, chunk.Count), rows);
        }

        ArrayPool<long>.Shared.Return(rows);
    }

    private void AddLists(int m, RecordChunk chunk, long[] rows)
    {
        var column = chunk.Columns[m];
        for (var row = 0; row < chunk.Count; row++)
        {
            if (WriterOf(chunk, row)?.Column(m) is not { } target) continue;
            for (var v = column.StartOf(row); v < column.StartOf(row + 1); v++) target.AddValue(rows[v]);
            target.EndRow();
        }
    }

    private void EncodeSequence(int s, int i)
    {
        var chunk = chunks[i];
        cells.ReadSequence(own[first + i], s, chunk);
        for (var row = 0; row < chunk.Count; row++)
        {
            if (WriterOf(chunk, row)?.Column(places[s]) is { } target) sequences[s].Encode(chunk, row, target);
        }
    }
}

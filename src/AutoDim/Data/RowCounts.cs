using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>How often each table row occurs in a split: per field, sequences of its values included.</summary>
internal static class RowCounts
{
    private const int ChunkRows = 1 << 14;

    public static long[][] Of(DataSplit split, IReadOnlyList<Field> fields)
    {
        var counts = fields.Select(field => new long[field.Rows]).ToArray();
        using var batch = new Batch(fields, ChunkRows);
        var samples = new long[ChunkRows];
        for (var first = 0L; first < split.RowCount; first += ChunkRows)
        {
            var size = (int)Math.Min(ChunkRows, split.RowCount - first);
            for (var i = 0; i < size; i++) samples[i] = first + i;
            split.Read(samples.AsSpan(0, size), batch);
            for (var m = 0; m < counts.Length; m++)
            {
                var column = batch.Columns[m];
                Add(column.Rows, column.Field.MultiValued ? column.Count : size, counts[m]);
                foreach (var sequence in column.Sequences) Add(sequence.Rows, sequence.Count, counts[m]);
            }
        }

        return counts;
    }

    private static void Add(NativeBuffer<long> rows, int entries, long[] counts)
    {
        for (var i = 0; i < entries; i++) counts[rows[i]]++;
    }
}

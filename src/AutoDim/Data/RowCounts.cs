using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>How often each table row occurs in a split: per field, sequences of its values included.</summary>
internal static class RowCounts
{
    public static long[][] Of(DataSplit split, IReadOnlyList<Field> fields)
    {
        var counts = fields.Select(field => new long[field.Rows]).ToArray();
        foreach (var batch in SplitBatches.Read(split, fields))
        {
            for (var m = 0; m < counts.Length; m++)
            {
                var column = batch.Columns[m];
                Add(column.Rows, column.Field.MultiValued ? column.Count : batch.Size, counts[m]);
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

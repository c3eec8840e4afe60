namespace AutoDim.Data;

/// <summary>A split held in memory: generated data, tests, benchmarks.</summary>
/// <param name="allLabels">One per sample, 0 or 1.</param>
/// <param name="rows">Per field, the table row of every entry; one entry a sample unless the field is multi-valued.</param>
/// <param name="offsets">Per field, samples + 1 positions into its rows; null for a single-valued field.</param>
public sealed class MemorySplit(float[] allLabels, long[][] rows, int[]?[] offsets) : DataSplit
{
    /// <summary>A split of single-valued fields.</summary>
    public MemorySplit(float[] labels, long[][] rows)
        : this(labels, rows, new int[]?[rows.Length])
    {
    }

    public override long RowCount => allLabels.Length;

    public override void Read(ReadOnlySpan<long> samples, Batch batch)
    {
        batch.Size = samples.Length;
        for (var i = 0; i < samples.Length; i++) batch.Labels[i] = allLabels[samples[i]];
        for (var m = 0; m < rows.Length; m++)
        {
            if (offsets[m] is { } starts) ReadValues(samples, batch.Columns[m], rows[m], starts);
            else ReadValue(samples, batch.Columns[m], rows[m]);
        }
    }

    public override void ReadLabels(Span<float> labels) => allLabels.CopyTo(labels);

    private static void ReadValue(ReadOnlySpan<long> samples, BatchColumn column, long[] values)
    {
        for (var i = 0; i < samples.Length; i++) column.Rows[i] = values[samples[i]];
        column.Count = samples.Length;
    }

    private static void ReadValues(ReadOnlySpan<long> samples, BatchColumn column, long[] values, int[] starts)
    {
        column.Count = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            column.Offsets![i] = column.Count;
            int first = starts[samples[i]], count = starts[samples[i] + 1] - first;
            column.Reserve(column.Count + count);
            values.AsSpan(first, count).CopyTo(column.Rows.AsSpan(column.Count, count));
            column.Count += count;
        }

        column.Offsets![samples.Length] = column.Count;
    }
}

namespace AutoDim.Data;

/// <summary>A split held in memory: generated data, tests, benchmarks.</summary>
public sealed class MemorySplit : DataSplit
{
    private readonly float[] allLabels;
    private readonly long[][] rows;
    private readonly int[]?[] offsets;

    /// <param name="labels">One per sample, 0 or 1.</param>
    /// <param name="rows">Per field, and after them per sequence, the table row of every entry; one entry a sample unless there may be any number.</param>
    /// <param name="offsets">Per field and sequence, samples + 1 ascending positions into its rows; null for a single-valued field.</param>
    /// <exception cref="ArgumentException">The lengths do not fit together.</exception>
    public MemorySplit(float[] labels, long[][] rows, int[]?[] offsets)
    {
        if (rows.Length != offsets.Length) throw new ArgumentException($"{rows.Length} fields have rows, {offsets.Length} have offsets or none", nameof(offsets));
        for (var m = 0; m < rows.Length; m++)
        {
            var fits = offsets[m] is not { } starts ? rows[m].Length == labels.Length
                : starts.Length == labels.Length + 1 && starts[0] >= 0 && starts[^1] <= rows[m].Length && starts.Zip(starts.Skip(1)).All(pair => pair.First <= pair.Second);
            if (!fits) throw new ArgumentException($"field {m} does not hold {labels.Length} samples", nameof(rows));
        }

        (allLabels, this.rows, this.offsets) = (labels, rows, offsets);
    }

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
        for (var m = 0; m < batch.Columns.Length; m++)
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

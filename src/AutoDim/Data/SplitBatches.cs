namespace AutoDim.Data;

/// <summary>Reads a whole split in order, batch after batch.</summary>
internal static class SplitBatches
{
    private const int BatchSize = 1 << 14;

    /// <summary>The same batch each time, filled anew; the last may hold fewer samples.</summary>
    public static IEnumerable<Batch> Read(DataSplit split, IReadOnlyList<Field> fields)
    {
        using var batch = new Batch(fields, BatchSize);
        var samples = new long[BatchSize];
        for (var first = 0L; first < split.RowCount; first += BatchSize)
        {
            var size = (int)Math.Min(BatchSize, split.RowCount - first);
            for (var i = 0; i < size; i++) samples[i] = first + i;
            split.Read(samples.AsSpan(0, size), batch);
            yield return batch;
        }
    }
}

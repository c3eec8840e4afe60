namespace AutoDim.Data.Preparation;

/// <summary>One field's cells of a chunk as 64-bit numbers: a fingerprint of the text, the bits of a double, or an id.</summary>
internal sealed class CellColumn(bool multiValued)
{
    /// <summary>The cell of a row without value. No number's bits (it is a NaN), and no fingerprint.</summary>
    public const ulong Missing = ulong.MaxValue;

    private readonly int[] starts = multiValued ? new int[RecordChunk.Capacity + 1] : [];
    private ulong[] values = new ulong[RecordChunk.Capacity];
    private int count, rows;

    public bool MultiValued { get; } = multiValued;

    public ReadOnlySpan<ulong> Values => values.AsSpan(0, count);

    /// <summary>First value of each row, and one past the last row; of multi-valued fields only.</summary>
    public ReadOnlySpan<int> Starts => starts.AsSpan(0, rows + 1);

    public int StartOf(int row) => MultiValued ? starts[row] : row;

    public void Add(ulong value)
    {
        if (count == values.Length) Array.Resize(ref values, 2 * count);
        values[count++] = value;
    }

    /// <summary>Ends a row of a multi-valued field.</summary>
    public void EndRow() => starts[++rows] = count;

    /// <summary>A copy with so many values a row at most, the last ones.</summary>
    public CellColumn Latest(int most)
    {
        var latest = new CellColumn(MultiValued);
        for (var row = 0; row < rows; row++)
        {
            for (var v = Math.Max(StartOf(row), StartOf(row + 1) - most); v < StartOf(row + 1); v++) latest.Add(values[v]);
            latest.EndRow();
        }

        return latest;
    }

    /// <summary>Drops the values beyond this many rows.</summary>
    public void KeepRows(int kept)
    {
        rows = Math.Min(rows, kept);
        count = Math.Min(count, StartOf(kept));
    }
}

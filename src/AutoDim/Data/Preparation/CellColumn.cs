using System.Runtime.CompilerServices;

namespace AutoDim.Data.Preparation;

/// <summary>One field's cells of a chunk as 64-bit numbers: a fingerprint of the text, the bits of a double, or an id.</summary>
/// <param name="mostValues">Of a row, where there may be any number.</param>
/// <param name="capacity">Rows that there is room for.</param>
internal sealed class CellColumn(bool multiValued, int mostValues = int.MaxValue, int capacity = RecordChunk.Capacity)
{
    /// <summary>The cell of a row without value. No number's bits (it is a NaN), and no fingerprint.</summary>
    public const ulong Missing = ulong.MaxValue;

    private readonly int[] starts = multiValued ? new int[capacity + 1] : [];
    private ulong[] values = new ulong[capacity];
    private int count, rows;

    public bool MultiValued { get; } = multiValued;

    /// <value>The text of each value that was added with its text; null: texts are not kept.</value>
    public Dictionary<ulong, byte[]>? Texts { get; init; }

    public ReadOnlySpan<ulong> Values => values.AsSpan(0, count);

    /// <summary>First value of each row, and one past the last row; of multi-valued fields only.</summary>
    public ReadOnlySpan<int> Starts => starts.AsSpan(0, rows + 1);

    /// <summary>The values, to be written by who resized this.</summary>
    public Span<ulong> MutableValues => values.AsSpan(0, count);

    public Span<int> MutableStarts => starts.AsSpan(0, rows + 1);

    public int StartOf(int row) => MultiValued ? starts[row] : row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong value)
    {
        if (count == values.Length) Grow();
        values[count++] = value;
    }

    /// <param name="text">What the value is of.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong value, ReadOnlySpan<byte> text)
    {
        Add(value);
        if (Texts != null) Keep(Texts, value, text);
    }

    /// <summary>Ends a row of any number of values, of which the last ones are kept.</summary>
    public void EndRow()
    {
        var (start, excess) = (starts[rows], count - starts[rows] - mostValues);
        if (excess > 0)
        {
            values.AsSpan(start + excess, mostValues).CopyTo(values.AsSpan(start));
            count -= excess;
        }

        starts[++rows] = count;
    }

    /// <summary>Makes room for rows whose values are written next.</summary>
    /// <param name="rowCount">Of a multi-valued column.</param>
    public void Resize(int rowCount, int valueCount)
    {
        if (valueCount > values.Length) values = new ulong[Math.Max(valueCount, 2 * values.Length)];
        (rows, count) = (rowCount, valueCount);
    }

    /// <summary>Copies the values of the rows of one split; returns how many there are.</summary>
    /// <param name="target">Of the column's length at least.</param>
    public int CopySplit(byte split, ReadOnlySpan<byte> splits, Span<ulong> target)
    {
        var copied = 0;
        for (var row = 0; row < splits.Length; row++)
        {
            if (!MultiValued)
            {
                target[copied] = values[row]; // without a branch: splits are drawn at random
                copied += splits[row] == split ? 1 : 0;
            }
            else if (splits[row] == split)
            {
                var listed = values.AsSpan(starts[row]..starts[row + 1]);
                listed.CopyTo(target[copied..]);
                copied += listed.Length;
            }
        }

        return copied;
    }

    /// <summary>Drops the values beyond this many rows.</summary>
    public void KeepRows(int kept)
    {
        rows = Math.Min(rows, kept);
        count = Math.Min(count, StartOf(kept));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(Dictionary<ulong, byte[]> texts, ulong value, ReadOnlySpan<byte> text)
    {
        if (!texts.ContainsKey(value)) texts.Add(value, text.ToArray());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow() => Array.Resize(ref values, 2 * count);
}

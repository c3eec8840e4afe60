using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>
/// One field of a batch. Single-valued: entry i is sample i's row. Multi-valued: sample i holds the entries
/// Offsets[i] … Offsets[i + 1] - 1, possibly none.
/// </summary>
internal sealed class BatchColumn(Field field, int capacity) : IDisposable
{
    public Field Field { get; } = field;

    /// <summary>The table row of each entry, 0 … Field.Rows - 1.</summary>
    public NativeBuffer<long> Rows { get; private set; } = new(capacity);

    /// <summary>Size + 1 positions into <see cref="Rows"/>; null for a single-valued field.</summary>
    public NativeBuffer<int>? Offsets { get; } = field.MultiValued ? new NativeBuffer<int>(capacity + 1) : null;

    /// <summary>The sequences of this field's values.</summary>
    public BatchColumn[] Sequences { get; set; } = [];

    /// <summary>Entries held now: the batch's size for a single-valued field.</summary>
    public int Count { get; set; }

    /// <summary>Makes room for this many entries, keeping those already there.</summary>
    public void Reserve(int entries)
    {
        if (entries <= Rows.Length) return;
        var larger = new NativeBuffer<long>(Math.Max(entries, 2 * Rows.Length));
        Rows.AsSpan(0, Count).CopyTo(larger.AsSpan(0, Count));
        Rows.Dispose();
        Rows = larger;
    }

    public void Dispose()
    {
        Rows.Dispose();
        Offsets?.Dispose();
    }
}

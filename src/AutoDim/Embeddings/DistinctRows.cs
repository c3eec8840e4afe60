using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// One field of a batch, its sequences included, deduplicated: each table row that occurs, once, in order of first occurrence.
/// Everything that depends on the row alone (gather, map, update) is then done once per distinct row. Entries are the field's own, then
/// each sequence's.
/// </summary>
internal sealed unsafe class DistinctRows(long tableRows, int capacity) : IDisposable
{
    /// <summary>Up to so many table rows a direct index is kept; above, a hash table of the batch's size.</summary>
    private const int DirectLimit = 1 << 16;

    private NativeBuffer<long> rows = new(capacity);
    private NativeBuffer<int> positions = new(capacity);
    private NativeBuffer<int> counts = new(capacity);
    private NativeBuffer<Slot> slots = new(tableRows <= DirectLimit ? tableRows : HashSize(capacity));
    private int generation;

    private struct Slot
    {
        public long Row;
        public int Position;
        public int Generation;
    }

    /// <summary>Rows of the table that they are of.</summary>
    public long TableRows => tableRows;

    /// <summary>Number of distinct rows.</summary>
    public int Count { get; private set; }

    /// <summary>Number of entries: occurrences of any row.</summary>
    public int Entries { get; private set; }

    /// <summary>The table row of each distinct row.</summary>
    public long* Rows => rows.Pointer;

    /// <summary>The distinct row of each entry.</summary>
    public int* Positions => positions.Pointer;

    /// <summary>How often each distinct row occurs.</summary>
    public int* Counts => counts.Pointer;

    /// <summary>Whether a field may hold any number of values; then Offsets delimit each sample's entries.</summary>
    public int* Offsets { get; private set; }

    public void Build(BatchColumn column, int batchSize)
    {
        var own = column.Field.MultiValued ? column.Count : batchSize;
        Offsets = column.Offsets == null ? null : column.Offsets.Pointer;
        var entries = own;
        foreach (var sequence in column.Sequences) entries += sequence.Count;
        Begin(entries);
        Add(0, column.Rows.Pointer, own);
        var entry = own;
        foreach (var sequence in column.Sequences)
        {
            Add(entry, sequence.Rows.Pointer, sequence.Count);
            entry += sequence.Count;
        }
    }

    /// <summary>The rows that a field's distinct rows lead to: an entry for each part of those.</summary>
    public void Build(DistinctRows field, RowRule rule)
    {
        Begin(field.Count * rule.Parts);
        for (var entry = 0; entry < Entries; entry++)
        {
            var row = rule.RowOf(field.Rows[entry / rule.Parts], entry % rule.Parts);
            if (tableRows <= DirectLimit) Place(entry, row, ref slots[row]);
            else Place(entry, row, ref Find(row));
        }
    }

    /// <summary>Starts anew, for so many entries, which <see cref="Add"/> then gives.</summary>
    public void Begin(int entries)
    {
        Entries = entries;
        if (Entries > positions.Length) Grow(Entries);
        generation++;
        Count = 0;
    }

    /// <summary>The rows of the entries from this one on.</summary>
    public void Add(int entry, long* source, int count)
    {
        if (tableRows <= DirectLimit)
        {
            for (var i = 0; i < count; i++) Place(entry + i, source[i], ref slots[source[i]]);
        }
        else
        {
            for (var i = 0; i < count; i++) Place(entry + i, source[i], ref Find(source[i]));
        }
    }

    public void Dispose()
    {
        rows.Dispose();
        positions.Dispose();
        counts.Dispose();
        slots.Dispose();
    }

    private static long HashSize(int entries) => (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(entries, 8)) * 2;

    private ref Slot Find(long row)
    {
        var mask = slots.Length - 1;
        var index = (long)(((ulong)row * 0x9E3779B97F4A7C15) >> 20) & mask;
        while (true)
        {
            ref var slot = ref slots[index];
            if (slot.Generation != generation || slot.Row == row) return ref slot;
            index = (index + 1) & mask;
        }
    }

    private void Place(int entry, long row, ref Slot slot)
    {
        if (slot.Generation != generation)
        {
            slot = new Slot { Row = row, Position = Count, Generation = generation };
            rows[Count] = row;
            counts[Count] = 0;
            Count++;
        }

        positions[entry] = slot.Position;
        counts[slot.Position]++;
    }

    private void Grow(int entries)
    {
        Dispose();
        var larger = 2 * entries;
        rows = new NativeBuffer<long>(larger);
        positions = new NativeBuffer<int>(larger);
        counts = new NativeBuffer<int>(larger);
        slots = new NativeBuffer<Slot>(tableRows <= DirectLimit ? tableRows : HashSize(larger));
        generation = 0;
    }
}

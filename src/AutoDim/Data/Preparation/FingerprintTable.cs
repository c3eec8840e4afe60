using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// A map from 64-bit keys to positive numbers, counts or rows: open addressing with linear probing, at most three quarters full,
/// 16 bytes a slot. A slot whose number is 0 is free. Keys come in spans, as their slots are loaded ahead: a miss to memory takes
/// longer than all else that is done with a value. A table that is cleared keeps its memory.
/// </summary>
internal sealed unsafe class FingerprintTable
{
    private const int LeastSlots = 16;
    private const int Ahead = 16;

    /// <summary>Tables up to this many slots stay in cache by themselves.</summary>
    private const int CachedSlots = 1 << 14;

    private const int Parts = 1 << 8, PartShift = 64 - 8;

    private ulong[] ordered = [];
    private Slot[] slots, spare = []; // pinned; slots from length on are not in use
    private long length;
    private int shift;

    /// <param name="expected">Keys to make room for.</param>
    public FingerprintTable(int expected = 0)
    {
        slots = NewSlots((long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(LeastSlots, expected + (expected / 2L))));
        SetLength(slots.Length);
    }

    private struct Slot
    {
        public ulong Key;
        public long Number;
    }

    public int Count { get; private set; }

    /// <summary>The number of a key; 0 where it has none.</summary>
    public long this[ulong key] => Find(key)->Number;

    /// <summary>The numbers of keys; 0 where one has none.</summary>
    public void Find(ReadOnlySpan<ulong> keys, Span<long> numbers)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (i + Ahead < keys.Length) MemoryAdvice.Prefetch(FirstSlot(keys[i + Ahead]));
            numbers[i] = Find(keys[i])->Number;
        }
    }

    /// <summary>Adds 1 to the number of each key, from 0. A million keys at a time go quickest: they are taken in the order of their slots, roughly.</summary>
    public void AddOnes(ReadOnlySpan<ulong> keys)
    {
        if (length > CachedSlots) keys = ByPlace(keys);
        for (var i = 0; i < keys.Length; i++)
        {
            if (i + Ahead < keys.Length) MemoryAdvice.Prefetch(FirstSlot(keys[i + Ahead]));
            Add(keys[i], 1);
        }
    }

    /// <summary>Adds to the number of a key, from 0.</summary>
    /// <param name="number">Above 0.</param>
    public void Add(ulong key, long number)
    {
        var slot = Find(key);
        var former = slot->Number;
        slot->Number = former + number;
        if (former != 0) return;
        slot->Key = key;
        Count++;
        if (Count > length / 4 * 3) Grow();
    }

    /// <summary>All pairs of at least some number, in no order of meaning.</summary>
    public (ulong Key, long Number)[] PairsFrom(long least)
    {
        List<(ulong, long)> pairs = [];
        foreach (ref readonly var slot in slots.AsSpan(0, (int)length))
        {
            if (slot.Number != 0 && slot.Number >= least) pairs.Add((slot.Key, slot.Number));
        }

        return [.. pairs];
    }

    public void Clear()
    {
        Count = 0;
        SetLength(LeastSlots);
        slots.AsSpan(0, LeastSlots).Clear();
    }

    /// <summary>A key's slot, or the free one where it would stand.</summary>
    private Slot* Find(ulong key)
    {
        Slot* first = First(slots), end = first + length;
        for (var slot = FirstSlot(key); ;)
        {
            if (slot->Key == key || slot->Number == 0) return slot;
            if (++slot == end) slot = first;
        }
    }

    private Slot* FirstSlot(ulong key) => First(slots) + (Spread(key) >> shift);

    /// <summary>
    /// Keys of one part of the table after those of another, so that each part comes into cache once, and few pages are in use at a time;
    /// with tables of many megabytes finding a page takes longer than loading a line.
    /// </summary>
    private ReadOnlySpan<ulong> ByPlace(ReadOnlySpan<ulong> keys)
    {
        Span<int> starts = stackalloc int[Parts];
        starts.Clear();
        foreach (var key in keys) starts[(int)(Spread(key) >> PartShift)]++;
        var start = 0;
        foreach (ref var count in starts) (count, start) = (start, start + count);
        if (ordered.Length < keys.Length) ordered = new ulong[keys.Length];
        foreach (var key in keys) ordered[starts[(int)(Spread(key) >> PartShift)]++] = key;
        return ordered.AsSpan(0, keys.Length);
    }

    private static ulong Spread(ulong key) => key * 0x9E3779B97F4A7C15;

    private static Slot* First(Slot[] slots) => (Slot*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(slots));

    private static Slot[] NewSlots(long length)
    {
        var slots = GC.AllocateUninitializedArray<Slot>(checked((int)length), pinned: true);
        MemoryAdvice.UseHugePages(slots); // before anything touches the pages
        slots.AsSpan().Clear();
        return slots;
    }

    private void SetLength(long slotCount)
    {
        length = slotCount;
        shift = 64 - BitOperations.Log2((ulong)slotCount);
    }

    private void Grow()
    {
        var former = slots.AsSpan(0, (int)length);
        SetLength(2 * length);
        if (spare.Length < length) spare = NewSlots(length);
        else spare.AsSpan(0, (int)length).Clear();
        (slots, spare) = (spare, slots);
        foreach (ref readonly var slot in former)
        {
            if (slot.Number != 0) *Find(slot.Key) = slot;
        }
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// A map from 64-bit keys to positive numbers, counts or rows: open addressing with linear probing, at most three quarters full,
/// 16 bytes a slot. A slot whose number is 0 is free.
/// </summary>
internal sealed unsafe class FingerprintTable
{
    /// <summary>Tables up to this many slots stay in cache by themselves.</summary>
    private const int CachedSlots = 1 << 14;

    private Slot[] slots; // pinned
    private int shift;

    /// <param name="expected">Keys to make room for.</param>
    public FingerprintTable(int expected = 0)
    {
        var length = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(16, expected + (expected / 2L)));
        slots = NewSlots(length);
        shift = 64 - BitOperations.Log2((ulong)length);
    }

    private struct Slot
    {
        public ulong Key;
        public long Number;
    }

    public int Count { get; private set; }

    /// <summary>All pairs, in no order of meaning.</summary>
    public IEnumerable<(ulong Key, long Number)> Pairs => slots.Where(slot => slot.Number != 0).Select(slot => (slot.Key, slot.Number));

    /// <summary>The number of a key; 0 where it has none.</summary>
    public long this[ulong key] => Find(key)->Number;

    /// <summary>Starts loading a key's slot, which is needed soon: a miss to memory takes longer than all else that is done with a value.</summary>
    public void Expect(ulong key)
    {
        if (slots.Length > CachedSlots) MemoryAdvice.Prefetch(First + FirstPlace(key));
    }

    /// <summary>Adds to the number of a key, from 0.</summary>
    /// <param name="number">Above 0.</param>
    public void Add(ulong key, long number)
    {
        var slot = Find(key);
        if (slot->Number == 0)
        {
            slot->Key = key;
            Count++;
        }

        slot->Number += number;
        if (Count > slots.Length / 4 * 3) Grow();
    }

    /// <summary>A key's slot, or the free one where it would stand.</summary>
    private Slot* Find(ulong key)
    {
        var mask = slots.Length - 1;
        for (var place = FirstPlace(key); ; place++)
        {
            var slot = First + (place & mask);
            if (slot->Key == key || slot->Number == 0) return slot;
        }
    }

    private Slot* First => (Slot*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(slots));

    private static Slot[] NewSlots(long length)
    {
        var slots = GC.AllocateArray<Slot>(checked((int)length), pinned: true);
        MemoryAdvice.UseHugePages(slots);
        return slots;
    }

    private long FirstPlace(ulong key) => (long)((key * 0x9E3779B97F4A7C15) >> shift);

    private void Grow()
    {
        var former = slots;
        slots = NewSlots(2L * former.Length);
        shift--;
        foreach (var slot in former)
        {
            if (slot.Number != 0) *Find(slot.Key) = slot;
        }
    }
}

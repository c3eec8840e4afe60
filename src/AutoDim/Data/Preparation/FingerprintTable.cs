using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// A map from 64-bit keys to positive numbers, counts or rows: open addressing with linear probing, at most three quarters full,
/// 16 bytes a slot. A slot whose number is 0 is free. Keys come in spans, as their slots are loaded ahead: a miss to memory takes
/// longer than all else that is done with a value, and a wrong guess at a branch nearly as long.
/// </summary>
internal sealed unsafe class FingerprintTable
{
    private const int LeastSlots = 16;
    private const int Ahead = 16;

    private Slot[] slots; // pinned
    private int shift;

    /// <param name="expected">Keys to make room for.</param>
    public FingerprintTable(int expected = 0) => Use(NewSlots((long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(LeastSlots, expected + (expected / 2L)))));

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

    /// <summary>Adds 1 to the number of each key, from 0.</summary>
    public void AddOnes(ReadOnlySpan<ulong> keys)
    {
        for (var i = 0; i < keys.Length; i++)
        {
            if (i + Ahead < keys.Length) MemoryAdvice.Prefetch(FirstSlot(keys[i + Ahead]));
            Add(keys[i], 1);
        }
    }

    /// <summary>Adds to the number of a key, from 0.</summary>
    /// <param name="number">Above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong key, long number)
    {
        var slot = Find(key);
        Count += slot->Number == 0 ? 1 : 0;
        slot->Key = key;
        slot->Number += number;
        if (Count > slots.Length / 4 * 3) Grow();
    }

    /// <summary>Adds all pairs of at least some number to a list, in no order of meaning.</summary>
    public void CopyPairs(long least, List<(ulong Key, long Number)> pairs)
    {
        least = Math.Max(least, 1); // leaves free slots out
        foreach (ref readonly var slot in slots.AsSpan(0, Count > 0 ? slots.Length : 0))
        {
            if (slot.Number >= least) pairs.Add((slot.Key, slot.Number));
        }
    }

    /// <summary>Forgets all keys; the memory stays for others.</summary>
    public void Clear()
    {
        if (Count > 0) slots.AsSpan().Clear();
        Count = 0;
    }

    /// <summary>A key's slot, or the free one where it would stand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Slot* Find(ulong key)
    {
        var slot = FirstSlot(key);
        while ((slot->Key != key) & (slot->Number != 0)) // one branch, which is mostly guessed right, whether the key is there or not
        {
            if (++slot == First + slots.Length) slot = First;
        }

        return slot;
    }

    private Slot* First => (Slot*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(slots));

    private Slot* FirstSlot(ulong key) => First + ((key * 0x9E3779B97F4A7C15) >> shift);

    private static Slot[] NewSlots(long length)
    {
        var slots = GC.AllocateUninitializedArray<Slot>(checked((int)length), pinned: true);
        MemoryAdvice.UseHugePages(slots); // before anything touches the pages
        slots.AsSpan().Clear();
        return slots;
    }

    [MemberNotNull(nameof(slots))]
    private void Use(Slot[] empty)
    {
        slots = empty;
        shift = 64 - BitOperations.Log2((ulong)empty.Length);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow()
    {
        var former = slots;
        Use(NewSlots(2L * former.Length));
        foreach (ref readonly var slot in former.AsSpan())
        {
            if (slot.Number != 0) *Find(slot.Key) = slot;
        }
    }
}

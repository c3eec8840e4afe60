using System.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// A map from 64-bit keys to positive numbers, counts or rows: open addressing with linear probing, at most three quarters full,
/// 16 bytes a slot. A slot whose number is 0 is free.
/// </summary>
internal sealed class FingerprintTable
{
    private Slot[] slots;
    private int shift;

    /// <param name="expected">Keys to make room for.</param>
    public FingerprintTable(int expected = 0)
    {
        var length = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, expected + (expected / 2)));
        slots = new Slot[length];
        shift = 64 - BitOperations.Log2((uint)length);
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
    public long this[ulong key] => Find(key).Number;

    /// <summary>Adds to the number of a key, from 0.</summary>
    /// <param name="number">Above 0.</param>
    public void Add(ulong key, long number)
    {
        ref var slot = ref Find(key);
        if (slot.Number == 0)
        {
            slot.Key = key;
            Count++;
        }

        slot.Number += number;
        if (Count > slots.Length / 4 * 3) Grow();
    }

    /// <summary>A key's slot, or the free one where it would stand.</summary>
    private ref Slot Find(ulong key)
    {
        var mask = slots.Length - 1;
        var place = (int)((key * 0x9E3779B97F4A7C15) >> shift);
        while (true)
        {
            ref var slot = ref slots[place & mask];
            if (slot.Key == key || slot.Number == 0) return ref slot;
            place++;
        }
    }

    private void Grow()
    {
        var former = slots;
        slots = new Slot[checked(2 * former.Length)];
        shift--;
        foreach (var slot in former)
        {
            if (slot.Number != 0) Find(slot.Key) = slot;
        }
    }
}

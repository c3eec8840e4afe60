using System.Numerics;
using System.Runtime.InteropServices;

namespace AutoDim.Data.Preparation;

/// <summary>Which of the ids 0, 1, … are kept, a bit each, and how many are kept before every 512th: some 1.1 bits an id.</summary>
internal sealed class KeptIds
{
    private const int WordsPerCount = 8;

    private readonly ulong[] bits;
    private readonly int[] countsBefore;

    private KeptIds(ulong[] bits)
    {
        this.bits = bits;
        countsBefore = new int[(bits.Length + WordsPerCount - 1) / WordsPerCount];
        for (var word = 0; word < bits.Length; word++)
        {
            if (word % WordsPerCount == 0) countsBefore[word / WordsPerCount] = Count;
            Count += BitOperations.PopCount(bits[word]);
        }
    }

    /// <param name="ids">How many ids there are.</param>
    public KeptIds(long ids, Func<long, bool> isKept)
        : this(Bits(ids, isKept))
    {
    }

    /// <summary>How many ids are kept.</summary>
    public int Count { get; }

    /// <summary>Bytes in memory.</summary>
    public long Bytes => (sizeof(ulong) * (long)bits.Length) + (sizeof(int) * (long)countsBefore.Length);

    public static KeptIds Read(BinaryReader reader, long ids)
    {
        if (ids < 0 || (ids + 63) / 64 > (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(ulong)) throw new InvalidDataException("a list of ids has a size that it cannot have");
        var bits = new ulong[(ids + 63) / 64];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(bits.AsSpan()));
        return new KeptIds(bits);
    }

    public void Save(BinaryWriter writer) => writer.Write(MemoryMarshal.AsBytes(bits.AsSpan()));

    /// <summary>How many kept ids come before this one; -1 where it is not kept.</summary>
    public int RankOf(long id)
    {
        var word = (int)(id >> 6);
        if ((bits[word] >> (int)(id & 63) & 1) == 0) return -1;
        var rank = countsBefore[word / WordsPerCount];
        for (var before = word / WordsPerCount * WordsPerCount; before < word; before++) rank += BitOperations.PopCount(bits[before]);
        return rank + BitOperations.PopCount(bits[word] & ((1UL << (int)(id & 63)) - 1));
    }

    private static ulong[] Bits(long ids, Func<long, bool> isKept)
    {
        var bits = new ulong[(ids + 63) / 64];
        for (var id = 0L; id < ids; id++)
        {
            if (isKept(id)) bits[id >> 6] |= 1UL << (int)(id & 63);
        }

        return bits;
    }
}

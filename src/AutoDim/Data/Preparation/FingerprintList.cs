using System.Numerics;
using System.Runtime.InteropServices;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// A set of 64-bit fingerprints in ascending order of their hashes, each shortened: the leading bits choose a bucket of some
/// eight, of the following ones three bytes are kept, 3.5 bytes a value in all. A value's number is its rank. A value that is not in the set is taken
/// for one that is with a chance of <see cref="FalseHitRate"/>, below one in a million.
/// </summary>
internal sealed class FingerprintList
{
    private const int ValuesPerBucket = 8;
    private const double MostFalseHits = 1e-6;
    private const int LeastBytes = 3;
    private const int SaltsTried = 8;

    private readonly byte salt;
    private readonly byte bucketBits;
    private readonly byte bytes; // of the rest of a hash
    private readonly int[] starts; // of each bucket, and the end
    private readonly byte[] rests;

    private FingerprintList(byte salt, byte bucketBits, byte bytes, int[] starts, byte[] rests)
        => (this.salt, this.bucketBits, this.bytes, this.starts, this.rests) = (salt, bucketBits, bytes, starts, rests);

    public int Count => starts[^1];

    /// <summary>The chance that a value outside the set is given a rank.</summary>
    public double FalseHitRate => Count / Math.Pow(2, bucketBits + (8 * bytes));

    /// <summary>Bytes as saved and in memory.</summary>
    public long Bytes => 3 + sizeof(int) + (sizeof(int) * (long)starts.Length) + rests.Length;

    /// <summary>Shortens fingerprints as far as they stay apart; sorts them by rank.</summary>
    /// <param name="fingerprints">No two alike.</param>
    public static FingerprintList Of(Span<ulong> fingerprints)
    {
        var bucketBits = BucketBits(fingerprints.Length);
        var hashes = new ulong[fingerprints.Length];
        for (byte bytes = LeastBytes; ; bytes++)
        {
            if (fingerprints.Length > MostFalseHits * Math.Pow(2, bucketBits + (8 * bytes))) continue;
            for (byte salt = 0; salt < SaltsTried; salt++)
            {
                for (var i = 0; i < hashes.Length; i++) hashes[i] = Hash(fingerprints[i], salt);
                hashes.AsSpan().Sort(fingerprints);
                if (AreApart(hashes, bucketBits + (8 * bytes))) return Of(hashes, salt, bucketBits, bytes);
            }
        }
    }

    public static FingerprintList Read(BinaryReader reader)
    {
        var (salt, bucketBits, bytes, count) = (reader.ReadByte(), reader.ReadByte(), reader.ReadByte(), reader.ReadInt32());
        var length = (sizeof(int) * ((1L << bucketBits) + 1)) + ((long)count * bytes);
        if (bucketBits > 30 || bytes is < LeastBytes or > sizeof(ulong) || count < 0 || length > reader.BaseStream.Length - reader.BaseStream.Position) throw new InvalidDataException("a list of values has sizes that none can have");
        var starts = new int[(1 << bucketBits) + 1];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(starts.AsSpan()));
        if (starts[0] != 0 || starts[^1] != count || starts.Zip(starts.Skip(1)).Any(pair => pair.First > pair.Second)) throw new InvalidDataException("a list of values does not add up");
        var rests = new byte[checked(count * bytes)];
        reader.BaseStream.ReadExactly(rests);
        return new FingerprintList(salt, bucketBits, bytes, starts, rests);
    }

    /// <summary>The list of some of the values, in the same order.</summary>
    /// <param name="isKept">Told a value's rank.</param>
    public FingerprintList Keep(Func<int, bool> isKept)
    {
        var hashes = Hashes().Where((_, rank) => isKept(rank)).ToList();

        // Fewer values need fewer buckets; what is left of the hashes must still tell them apart.
        var fewer = BucketBits(hashes.Count);
        while (fewer < bucketBits && !AreApart([.. hashes], fewer + (8 * bytes))) fewer++;
        return Of([.. hashes], salt, Math.Min(fewer, bucketBits), bytes);
    }

    /// <summary>
    /// The list with more values, as short as those it has: bytes of a value stay, and <see cref="FalseHitRate"/> grows with their number. Of
    /// values that so few bits do not tell apart, the first is taken, and the others are found as if they were it.
    /// </summary>
    /// <param name="fingerprints">Of values that are not in the list.</param>
    /// <param name="former">For each rank of the new list the present one; -1 for an added value.</param>
    public FingerprintList With(IReadOnlyList<ulong> fingerprints, out int[] former)
    {
        var dropped = Math.Max(0, 64 - bucketBits - (8 * bytes));
        var known = new SortedDictionary<ulong, int>();
        foreach (var (rank, hash) in Hashes().Index()) known.Add(hash, rank);
        foreach (var fingerprint in fingerprints) known.TryAdd(Hash(fingerprint, salt) >> dropped << dropped, -1);
        former = [.. known.Values];
        return Of([.. known.Keys], salt, bucketBits, bytes);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(salt);
        writer.Write(bucketBits);
        writer.Write(bytes);
        writer.Write(Count);
        writer.Write(MemoryMarshal.AsBytes(starts.AsSpan()));
        writer.Write(rests);
    }

    /// <summary>The rank of a fingerprint; -1 where it is not in the set.</summary>
    public int Find(ulong fingerprint)
    {
        var hash = Hash(fingerprint, salt);
        var bucket = BucketOf(hash, bucketBits);
        var rest = RestOf(hash, bucketBits, bytes);
        for (var i = starts[bucket]; i < starts[bucket + 1]; i++)
        {
            if (ReadRest(i) == rest) return i;
        }

        return -1;
    }

    /// <summary>What is kept of each value's hash, in order of rank; the other bits are 0.</summary>
    private IEnumerable<ulong> Hashes()
    {
        for (var bucket = 0; bucket < starts.Length - 1; bucket++)
        {
            for (var rank = starts[bucket]; rank < starts[bucket + 1]; rank++) yield return ((ulong)bucket << 1 << (63 - bucketBits)) | (ReadRest(rank) << (64 - (8 * bytes)) >> bucketBits);
        }
    }

    private static byte BucketBits(int values) => (byte)BitOperations.Log2((uint)Math.Max(1, values / ValuesPerBucket));

    private static FingerprintList Of(ulong[] hashes, byte salt, byte bucketBits, byte bytes)
    {
        var (starts, rests) = (new int[(1 << bucketBits) + 1], new byte[checked(hashes.Length * bytes)]);
        for (var i = 0; i < hashes.Length; i++)
        {
            starts[BucketOf(hashes[i], bucketBits) + 1]++;
            var rest = RestOf(hashes[i], bucketBits, bytes);
            for (var b = 0; b < bytes; b++) rests[(i * bytes) + b] = (byte)(rest >> (8 * b));
        }

        for (var bucket = 1; bucket < starts.Length; bucket++) starts[bucket] += starts[bucket - 1];
        return new FingerprintList(salt, bucketBits, bytes, starts, rests);
    }

    private static bool AreApart(ulong[] hashes, int bits)
    {
        var dropped = Math.Max(0, 64 - bits);
        for (var i = 1; i < hashes.Length; i++)
        {
            if (hashes[i - 1] >> dropped == hashes[i] >> dropped) return false;
        }

        return true;
    }

    private static int BucketOf(ulong hash, int bucketBits) => (int)(hash >> 1 >> (63 - bucketBits)); // a shift by 64 would be one by 0

    private static ulong RestOf(ulong hash, int bucketBits, int bytes) => hash << bucketBits >> (64 - (8 * bytes));

    private static ulong Hash(ulong fingerprint, byte salt) => CounterRandom.Mix(fingerprint + ((salt + 1UL) * 0x9E3779B97F4A7C15)); // numbers' bits are no hashes yet

    private ulong ReadRest(int rank)
    {
        var rest = 0UL;
        for (var b = bytes - 1; b >= 0; b--) rest = (rest << 8) | rests[(rank * bytes) + b];
        return rest;
    }
}

using System.Runtime.InteropServices;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Numbers between boundaries: bucket i holds boundary i-1 ≤ x &lt; boundary i. Boundaries are given, or quantiles of a sample of
/// the training values (all of them up to a quarter of a million, then a reservoir).
/// </summary>
internal sealed class BucketEncoder(string name, int buckets, IReadOnlyList<double>? given) : FieldEncoder(name)
{
    public const byte Tag = 3;
    private const int SampleSize = 1 << 18;
    private readonly List<double> sample = [];
    private readonly CounterRandom random = new(Autograd.Parameter.StableHash(name), 0xB0C4E7);
    private double[] boundaries = [.. given ?? []];
    private long seen;

    public override long Rows => ReservedRows + boundaries.Length + 1;

    public override long VocabularyBytes => (long)sizeof(double) * boundaries.Length;

    public override void Count(ulong cell)
    {
        if (cell == CellColumn.Missing || given != null) return;
        var x = BitConverter.UInt64BitsToDouble(cell);
        if (sample.Count < SampleSize)
        {
            sample.Add(x);
        }
        else
        {
            var place = random.Below(seen, seen + 1);
            if (place < SampleSize) sample[(int)place] = x;
        }

        seen++;
    }

    public override void Finish()
    {
        if (given != null) return;
        sample.Sort();
        boundaries = [.. Enumerable.Range(1, buckets - 1)
            .Where(_ => sample.Count > 0)
            .Select(i => sample[(int)((long)i * sample.Count / buckets)])
            .Distinct()
            .Where(boundary => boundary > sample[0])];
        sample.Clear();
        sample.TrimExcess();
    }

    public override long RowOf(ulong cell)
    {
        if (cell == CellColumn.Missing) return MissingRow;
        var found = Array.BinarySearch(boundaries, BitConverter.UInt64BitsToDouble(cell));
        return ReservedRows + (found >= 0 ? found + 1 : ~found);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(boundaries.Length);
        writer.Write(MemoryMarshal.AsBytes(boundaries.AsSpan()));
    }

    public static BucketEncoder Read(string name, BinaryReader reader)
    {
        var boundaries = new double[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(boundaries.AsSpan()));
        return new BucketEncoder(name, boundaries.Length + 1, boundaries);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Numbers between boundaries: bucket i holds boundary i-1 ≤ x &lt; boundary i. Boundaries are given, or quantiles of a sample of
/// the training values (all of them up to a quarter of a million, then a reservoir).
/// </summary>
internal sealed class BucketEncoder(string name, int buckets, IReadOnlyList<double>? given) : FieldEncoder(name)
{
    public const byte Tag = 3;
    private const int SampleSize = 1 << 18;
    private Reservoir sample = new(SampleSize, Fingerprint.Of(Encoding.UTF8.GetBytes(name)));
    private double[] boundaries = [.. given ?? []];

    /// <summary>Where each bucket but the first begins, ascending; known once counting is finished.</summary>
    public IReadOnlyList<double> Boundaries => boundaries;

    public override long Rows => ReservedRows + boundaries.Length + 1;

    public override long VocabularyBytes => (long)sizeof(double) * boundaries.Length;

    public override void Save(BinaryWriter writer)
    {
        writer.Write(Tag);
        writer.Write(Name);
        writer.Write(boundaries.Length);
        writer.Write(MemoryMarshal.AsBytes(boundaries.AsSpan()));
    }

    public static BucketEncoder Read(string name, BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count < 0 || count > (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(double)) throw new InvalidDataException($"field '{name}' has {count} boundaries, which it cannot have");
        var boundaries = new double[count];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(boundaries.AsSpan()));
        return new BucketEncoder(name, boundaries.Length + 1, boundaries);
    }

    /// <summary>The boundaries' bits.</summary>
    protected override ulong[] Conclude(ValueCounts counts)
    {
        if (given != null) return [];
        var sorted = sample.Sorted();
        sample = new Reservoir(0, 0);
        if (sorted.Length == 0) return [];
        return [.. Enumerable.Range(1, buckets - 1)
            .Select(i => sorted[(int)((long)i * sorted.Length / buckets)])
            .Distinct()
            .Where(boundary => boundary > sorted[0])
            .Select(BitConverter.DoubleToUInt64Bits)];
    }

    protected override void Fix(Span<ulong> findings)
    {
        if (given == null) boundaries = MemoryMarshal.Cast<ulong, double>(findings).ToArray();
    }

    protected override void CountValues(ReadOnlySpan<ulong> values, ValueCounts counts)
    {
        if (given != null) return;
        foreach (var value in values) sample.Add(BitConverter.UInt64BitsToDouble(value));
    }

    protected override void FindRows(ReadOnlySpan<ulong> cells, Span<long> rows)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            var found = Array.BinarySearch(boundaries, BitConverter.UInt64BitsToDouble(cells[i]));
            rows[i] = ReservedRows + (found >= 0 ? found + 1 : ~found);
        }
    }
}

using System.Numerics;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>What the first rows of a log let expect of the whole: how many rows it has, and how many values each field.</summary>
/// <param name="Rows">Of all files.</param>
/// <param name="Distinct">Values of each field that differ: as many as the sample's growth from its half to its whole leads to, d·(n / s)^log₂(d / d½) (Heaps' law).</param>
internal sealed record LogSample(double Rows, IReadOnlyList<double> Distinct)
{
    private const int Chunks = 24;
    private const int SketchBits = 1 << 20;

    /// <summary>Reads some two hundred thousand rows of the first file that is trained on.</summary>
    public static LogSample Of(PreparationInputs inputs)
    {
        var file = inputs.Files[0];
        var (sketches, half) = (inputs.Schema.Fields.Select(_ => new Sketch()).ToArray(), Array.Empty<double>());
        using var bad = new BadRows(BadRowPolicy.Skip, null);
        var (bytes, rows, seen) = (0L, 0L, 0);
        var chunks = ReadAhead.ChunksFor(inputs.Schema);
        using (var reader = new ReadAhead(file.Path, inputs.Open(file, position => Volatile.Write(ref bytes, position)), chunks, bad))
        {
            while (seen < Chunks && reader.Next() is { } chunk)
            {
                for (var m = 0; m < sketches.Length; m++) sketches[m].Add(chunk.Columns[m].Values);
                rows += chunk.Count;
                if (++seen == Chunks / 2) half = [.. sketches.Select(sketch => sketch.Distinct)];
            }
        }

        double[] distinct = [.. sketches.Select(sketch => sketch.Distinct)];
        if (seen < Chunks) return new LogSample(rows * (file.Bytes > 0 ? (double)inputs.TotalBytes / file.Bytes : 1), distinct);
        var read = rows + ((double)chunks.Length * RecordChunk.Capacity); // the reader is that far ahead
        var all = Math.Max(rows, read * inputs.TotalBytes / Math.Max(1, Volatile.Read(ref bytes)));
        return new LogSample(all, [.. distinct.Zip(half, (whole, before) => whole * Math.Pow(all / rows, Math.Log2(Math.Max(1, whole) / Math.Max(1, before))))]);
    }

    /// <summary>Counts different values by the bits that their hashes set: of m bits of which z are left, −m·ln(z / m) values set the others (Whang, Vander-Zanden, Taylor, 1990).</summary>
    private sealed class Sketch
    {
        private readonly ulong[] bits = new ulong[SketchBits / 64];

        public double Distinct => -SketchBits * Math.Log(Math.Max(1, SketchBits - bits.Sum(word => (double)BitOperations.PopCount(word))) / SketchBits);

        public void Add(ReadOnlySpan<ulong> values)
        {
            foreach (var value in values)
            {
                var bit = CounterRandom.Mix(value) % SketchBits;
                bits[bit / 64] |= 1UL << (int)(bit % 64);
            }
        }
    }
}

using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>Tables of which masks keep some numbers.</summary>
internal static unsafe class MaskedRows
{
    /// <summary>A table of normal numbers.</summary>
    public static EmbeddingTable Filled(int rows, int dim)
    {
        var (table, random) = (new EmbeddingTable(0, 0, "t", rows, dim), new CounterRandom(3, 1));
        for (var i = 0L; i < table.Parameters; i++) table.Weights[i] = (Real)random.Normal(i);
        return table;
    }

    /// <summary>What a row's kept numbers are when they have been packed together.</summary>
    public static Real[] Rounded(RowStorage format, ReadOnlySpan<Real> kept)
    {
        if (kept.Length == 0) return [];
        var (packed, decoded) = (new byte[RowFormat.BytesIn(format, kept.Length)], new Real[kept.Length]);
        fixed (Real* source = kept, target = decoded)
        fixed (byte* bytes = packed)
        {
            RowFormat.Encode(format, source, kept.Length, bytes);
            RowFormat.Decode(format, bytes, kept.Length, target);
        }

        return decoded;
    }
}

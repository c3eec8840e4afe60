using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>Which numbers of a table are kept, while the others are zero: a bit a number, each row's beginning with a byte of its own.</summary>
internal sealed unsafe class RowMask : IDisposable
{
    private const ulong Magic = 0x314B_5341_4D44_4D41; // AMDMASK1

    private readonly NativeBuffer<byte> bits;

    public RowMask(long rows, int dim)
    {
        (Rows, Dim, RowBytes) = (rows, dim, BytesOf(dim));
        bits = new NativeBuffer<byte>(checked(rows * RowBytes));
    }

    public long Rows { get; }

    public int Dim { get; }

    /// <summary>Bytes of a row's bits.</summary>
    public int RowBytes { get; }

    /// <summary>Bytes that so many bits take.</summary>
    public static int BytesOf(int dim) => (dim + 7) / 8;

    /// <summary>The bits of a row, that of its first number the lowest of the first byte.</summary>
    public byte* Row(long row) => bits.Pointer + (row * RowBytes);

    public bool IsKept(long row, int k) => IsKept(Row(row), k);

    public static bool IsKept(byte* bits, int k) => (bits[k >> 3] & (1 << (k & 7))) != 0;

    public void Keep(long row, int k) => Row(row)[k >> 3] |= (byte)(1 << (k & 7));

    /// <summary>Numbers that a row of bits keeps.</summary>
    public static int Count(byte* bits, int bytes)
    {
        var count = 0;
        for (var i = 0; i < bytes; i++) count += BitOperations.PopCount(bits[i]);
        return count;
    }

    /// <summary>Makes those numbers of a row zero that are not kept.</summary>
    public void Apply(long row, Real* numbers)
    {
        var kept = Row(row);
        for (var k = 0; k < Dim; k++)
        {
            if (!IsKept(kept, k)) numbers[k] = 0;
        }
    }

    public KeptCounts Count()
    {
        var counts = default(KeptCounts);
        for (var row = 0L; row < Rows; row++) counts = counts.With(Count(Row(row), RowBytes));
        return counts;
    }

    /// <summary>A number for what the mask keeps, above 0.</summary>
    public long Id => Math.Max(1, (long)(Checksum() >> 1));

    /// <summary>Writes a file: a mark, rows, dimension, a checksum, the bits.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        ReadOnlySpan<long> head = [(long)Magic, Rows, Dim, (long)Checksum()];
        stream.Write(MemoryMarshal.AsBytes(head));
        ForEachChunk(chunk => stream.Write(chunk));
    });

    /// <exception cref="AutoDimException">The file is missing, damaged, or of another table.</exception>
    public static RowMask Load(string path, long rows, int dim)
    {
        var mask = new RowMask(rows, dim);
        try
        {
            using var stream = File.OpenRead(path);
            Span<long> head = stackalloc long[4];
            stream.ReadExactly(MemoryMarshal.AsBytes(head));
            if ((ulong)head[0] != Magic) throw new InvalidDataException("it is no mask");
            if (head[1] != rows || head[2] != dim) throw new InvalidDataException($"it is for {head[1]} rows of {head[2]}, the table has {rows} of {dim}");
            mask.ForEachChunk(stream.ReadExactly);
            if (stream.ReadByte() >= 0 || (ulong)head[3] != mask.Checksum()) throw new InvalidDataException("it is damaged");
            return mask;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            mask.Dispose();
            throw new AutoDimException($"cannot read the mask '{path}': {Reason.Of(exception)}; it lies in plans/ of the run that made the plan: train by the plan.json of that folder, or let the plan be made again", exception);
        }
    }

    public void Dispose() => bits.Dispose();

    private delegate void SpanAction(Span<byte> chunk);

    private void ForEachChunk(SpanAction action)
    {
        const int Chunk = 1 << 24;
        for (var first = 0L; first < bits.Length; first += Chunk) action(bits.AsSpan(first, (int)Math.Min(Chunk, bits.Length - first)));
    }

    private ulong Checksum()
    {
        var hash = new XxHash3();
        ReadOnlySpan<long> shape = [Rows, Dim];
        hash.Append(MemoryMarshal.AsBytes(shape));
        ForEachChunk(chunk => hash.Append(chunk));
        return hash.GetCurrentHashAsUInt64();
    }
}

/// <summary>How much a mask keeps: all that the bytes of its table depend on.</summary>
/// <param name="Kept">Numbers kept.</param>
/// <param name="Filled">Rows that keep any.</param>
/// <param name="Pairs">Pairs of a row's numbers, where its last may be without another: bytes of numbers of half a byte.</param>
internal readonly record struct KeptCounts(long Kept, long Filled, long Pairs)
{
    /// <summary>These and one more row, which keeps so many.</summary>
    public KeptCounts With(int kept) => kept == 0 ? this : new KeptCounts(Kept + kept, Filled + 1, Pairs + ((kept + 1) / 2));
}

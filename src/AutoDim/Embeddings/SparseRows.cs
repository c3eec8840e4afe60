using System.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A table of whose rows a mask keeps only some numbers. Each block of 32 rows has a head: where its rows begin (8 bytes), and a bit for each
/// row that keeps anything (4 bytes). Those rows lie one after the other: the bitmap of the kept numbers, ⌈d/8⌉ bytes, then the numbers as
/// <see cref="RowFormat"/> has them. A row that keeps nothing takes its bit alone. A row is found by going over those before it in its block, whose bitmaps
/// tell how long they are: all within some hundred bytes of memory.
/// </summary>
internal sealed unsafe class SparseRows : KeptRows
{
    public const int BlockRows = 32, HeadBytes = sizeof(long) + sizeof(uint);

    private readonly int dim, bitmapBytes;
    private readonly RowStorage storage;

    /// <param name="name">Of the table.</param>
    /// <param name="storage">Of the numbers.</param>
    /// <param name="counts">What is kept.</param>
    /// <param name="source">Where the parts lie already, to be read only; null: in memory of their own.</param>
    public SparseRows(string name, long tableRows, int dim, RowStorage storage, KeptCounts counts, ITableRows? source)
        : base(name, tableRows, BlockRows, HeadBytes, RowsBytes(dim, storage, counts), source)
        => (this.dim, this.storage, bitmapBytes, Numbers) = (dim, storage, RowMask.BytesOf(dim), counts.Kept);

    /// <summary>What kept numbers may be stored as: beside two or three bits a number a bitmap costs more than it saves.</summary>
    public static IReadOnlyList<RowStorage> Storages { get; } = [RowStorage.Float32, RowStorage.Float16, RowStorage.Float8, RowStorage.Int8, RowStorage.Int4];

    public override long Numbers { get; }

    /// <summary>Bytes of such a table.</summary>
    public static long Bytes(long tableRows, int dim, RowStorage storage, KeptCounts counts) => HeadsBytes(tableRows, BlockRows, HeadBytes) + RowsBytes(dim, RowFormat.For(storage, dim), counts);

    public override void Fill(EmbeddingTable numbers, RowMask mask)
    {
        var kept = stackalloc Real[dim];
        var place = Rows.Pointer;
        for (var row = 0L; row < numbers.Rows; row++)
        {
            var head = Head(row);
            if (row % BlockRows == 0) (*(long*)head, *(uint*)(head + sizeof(long))) = (place - Rows.Pointer, 0);
            byte* bits = mask.Row(row);
            Real* source = numbers.Row(row);
            var count = 0;
            for (var k = 0; k < dim; k++)
            {
                if (RowMask.IsKept(bits, k)) kept[count++] = source[k];
            }

            if (count == 0) continue;
            *(uint*)(head + sizeof(long)) |= 1u << (int)(row % BlockRows);
            Buffer.MemoryCopy(bits, place, bitmapBytes, bitmapBytes);
            RowFormat.Encode(storage, kept, count, place + bitmapBytes);
            place += BytesOf(place);
        }
    }

    public override void Read(long row, Real* target)
    {
        new Span<Real>(target, dim).Clear();
        var place = Find(row);
        if (place == null) return;
        var kept = stackalloc Real[dim];
        RowFormat.Decode(storage, place + bitmapBytes, RowMask.Count(place, bitmapBytes), kept);
        for (var k = 0; k < dim; k++)
        {
            if (RowMask.IsKept(place, k)) target[k] = *kept++;
        }
    }

    private static long RowsBytes(int dim, RowStorage storage, KeptCounts counts) => (counts.Filled * RowMask.BytesOf(dim)) + storage switch
    {
        RowStorage.Float32 => sizeof(float) * counts.Kept,
        RowStorage.Float16 => 2 * counts.Kept,
        RowStorage.Float8 => counts.Kept,
        RowStorage.Int8 => (RowFormat.ScaleBytes * counts.Filled) + counts.Kept,
        RowStorage.Int4 => (RowFormat.ScaleBytes * counts.Filled) + counts.Pairs,
        _ => throw new AutoDimException("rows of which a mask keeps some numbers cannot have two or three bits a number; store them as int4"),
    };

    /// <summary>Where a row lies; null for one that keeps nothing.</summary>
    private byte* Find(long row)
    {
        var head = Head(row);
        var (filled, bit) = (*(uint*)(head + sizeof(long)), 1u << (int)(row % BlockRows));
        if ((filled & bit) == 0) return null;
        var (offset, end) = (*(long*)head, Rows.Length - bitmapBytes);
        for (var before = BitOperations.PopCount(filled & (bit - 1)); before > 0 && offset >= 0 && offset <= end; before--) offset += BytesOf(Rows.Pointer + offset);
        return offset >= 0 && offset <= end && offset + BytesOf(Rows.Pointer + offset) <= Rows.Length ? Rows.Pointer + offset
            : throw Damaged(row);
    }

    private long BytesOf(byte* row) => bitmapBytes + RowFormat.BytesIn(storage, RowMask.Count(row, bitmapBytes));
}

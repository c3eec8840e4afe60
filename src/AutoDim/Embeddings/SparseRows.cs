using System.Numerics;
using AutoDim.Numerics;

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

    private readonly string name;
    private readonly int dim, bitmapBytes;
    private readonly RowStorage storage;
    private readonly NativeBuffer<byte> heads, rows;

    /// <param name="name">Of the table.</param>
    /// <param name="storage">Of the numbers.</param>
    /// <param name="counts">What is kept.</param>
    /// <param name="source">Where the parts lie already, to be read only; null: in memory of their own.</param>
    public SparseRows(string name, long tableRows, int dim, RowStorage storage, KeptCounts counts, ITableRows? source)
    {
        (this.name, this.dim, this.storage, bitmapBytes, Numbers) = (name, dim, storage, RowMask.BytesOf(dim), counts.Kept);
        heads = Memory("heads", Blocks(tableRows), HeadBytes);
        rows = Memory("rows", RowsBytes(dim, storage, counts), 1);

        NativeBuffer<byte> Memory(string part, long lines, long columns) => source == null ? new NativeBuffer<byte>(checked(lines * columns))
            : NativeBuffer<byte>.View(source.Find(PartOf(part, 0, lines, columns)), lines * columns);
    }

    /// <summary>What kept numbers may be stored as: beside two bits a number a bitmap costs more than it saves.</summary>
    public static IReadOnlyList<RowStorage> Storages { get; } = [RowStorage.Float32, RowStorage.Float16, RowStorage.Float8, RowStorage.Int8, RowStorage.Int4];

    public override long Numbers { get; }

    /// <summary>Bytes of such a table.</summary>
    public static long Bytes(long tableRows, int dim, RowStorage storage, KeptCounts counts) => (Blocks(tableRows) * HeadBytes) + RowsBytes(dim, RowFormat.For(storage, dim), counts);

    public override IReadOnlyList<TablePart> Parts => [PartOf("heads", (nint)heads.Pointer, heads.Length / HeadBytes, HeadBytes), PartOf("rows", (nint)rows.Pointer, rows.Length, 1)];

    public override void Fill(EmbeddingTable numbers, RowMask mask)
    {
        var kept = stackalloc Real[dim];
        var place = rows.Pointer;
        for (var row = 0L; row < numbers.Rows; row++)
        {
            var head = Head(row);
            if (row % BlockRows == 0) (*(long*)head, *(uint*)(head + sizeof(long))) = (place - rows.Pointer, 0);
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

    /// <summary>The row itself most often lies beside its head.</summary>
    public override void Prefetch(long row) => MemoryAdvice.Prefetch(Head(row), HeadBytes);

    public override void Dispose()
    {
        heads.Dispose();
        rows.Dispose();
    }

    private static long Blocks(long tableRows) => (tableRows + BlockRows - 1) / BlockRows;

    private static long RowsBytes(int dim, RowStorage storage, KeptCounts counts) => (counts.Filled * RowMask.BytesOf(dim)) + storage switch
    {
        RowStorage.Float32 => sizeof(float) * counts.Kept,
        RowStorage.Float16 => 2 * counts.Kept,
        RowStorage.Float8 => counts.Kept,
        RowStorage.Int8 => (RowFormat.ScaleBytes * counts.Filled) + counts.Kept,
        RowStorage.Int4 => (RowFormat.ScaleBytes * counts.Filled) + counts.Pairs,
        _ => throw new AutoDimException("rows of which a mask keeps some numbers cannot have two bits a number; store them as int4"),
    };

    private TablePart PartOf(string part, nint address, long lines, long columns) => new($"{name}.{part}", address, lines, columns, IsBytes: true);

    private byte* Head(long row) => heads.Pointer + (row / BlockRows * HeadBytes);

    /// <summary>Where a row lies; null for one that keeps nothing.</summary>
    private byte* Find(long row)
    {
        var head = Head(row);
        var (filled, bit) = (*(uint*)(head + sizeof(long)), 1u << (int)(row % BlockRows));
        if ((filled & bit) == 0) return null;
        var (offset, end) = (*(long*)head, rows.Length - bitmapBytes);
        for (var before = BitOperations.PopCount(filled & (bit - 1)); before > 0 && offset >= 0 && offset <= end; before--) offset += BytesOf(rows.Pointer + offset);
        return offset >= 0 && offset <= end && offset + BytesOf(rows.Pointer + offset) <= rows.Length ? rows.Pointer + offset
            : throw new AutoDimException($"the table '{name}' is damaged: row {row} lies outside of it; restore the model or train again");
    }

    private long BytesOf(byte* row) => bitmapBytes + RowFormat.BytesIn(storage, RowMask.Count(row, bitmapBytes));
}

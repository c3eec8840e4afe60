using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Somebody's memory, by the name under which it is saved.</summary>
/// <param name="Address">Where it lies.</param>
/// <param name="Share">Which of a table's rows lie there, where ranks share it; files have all of them, as if there were one rank. Null: all.</param>
internal sealed unsafe record NamedArray(string Name, nint Address, long Rows, long Columns, NamedArray.ElementType Type = NamedArray.ElementType.Number, RowShare? Share = null)
{
    /// <summary>What the memory holds.</summary>
    public enum ElementType
    {
        /// <summary>The engine's floating-point numbers.</summary>
        Number,

        /// <summary>32-bit integers.</summary>
        Integer,

        /// <summary>Bytes, such as packed rows.</summary>
        Byte,
    }

    public delegate void SpanAction(Span<byte> chunk);

    private const int ChunkBytes = 1 << 24;

    /// <summary>Which of a table's rows the file has that the array is read from.</summary>
    public RowPart Part { get; private init; } = RowPart.Whole;

    public long Bytes => Rows * Columns * Type switch
    {
        ElementType.Number => sizeof(Real),
        ElementType.Integer => sizeof(int),
        _ => sizeof(byte),
    };

    /// <summary>Bytes that lie here: all, or of this rank's rows.</summary>
    public long OwnBytes => Share == null ? Bytes : Share.OwnRows * RowBytes(Share);

    /// <summary>Of a shared array what lies here: this rank's rows, and what each row has.</summary>
    public NamedArray Own => Share == null ? this : this with { Rows = Share.OwnRows, Columns = Rows * Columns / Share.Rows, Share = null };

    /// <summary>The array as a part of a file has it.</summary>
    /// <param name="columns">What each row of a table has; what does not fit is found when the part's shape is looked at.</param>
    public NamedArray In(RowPart part, long columns) => this with { Rows = part.CountOf(Rows * Columns / Math.Max(1, columns)), Columns = columns, Part = part };

    public static NamedArray Of(Parameter parameter) => new(parameter.Name, (nint)parameter.Value, parameter.Rows, parameter.Columns);

    /// <summary>What is kept beside a table's rows, so many numbers for each.</summary>
    public NamedArray Beside(EmbeddingTable table, int width) => this with { Rows = table.Rows * width, Share = table.Share };

    public static NamedArray Of(string name, NativeBuffer<Real> buffer) => new(name, (nint)buffer.Pointer, buffer.Length, 1);

    public static NamedArray Of(string name, NativeBuffer<int> buffer) => new(name, (nint)buffer.Pointer, buffer.Length, 1, ElementType.Integer);

    public static NamedArray Of(TablePart part) => new(part.Name, part.Address, part.Rows, part.Columns, part.IsBytes ? ElementType.Byte : ElementType.Number);

    /// <summary>A table's rows, packed or as numbers.</summary>
    public static IEnumerable<NamedArray> PartsOf(EmbeddingTable table) => table.Parts.Select(part => Of(part) with { Share = table.Share });

    /// <summary>Gives the whole array, from its beginning to its end. Of a shared one the first rank gets it from the others, and only there anything is given.</summary>
    public void ForEachChunk(SpanAction action)
    {
        if (Bytes == 0) return;
        if (Share is { } share)
        {
            SharedArray.Collect(share, (byte*)Address, RowBytes(share), action);
            return;
        }

        for (var offset = 0L; offset < Bytes; offset += ChunkBytes)
        {
            byte* start = (byte*)Address + offset;
            var length = (int)Math.Min(ChunkBytes, Bytes - offset);
            MemoryAdvice.WillNeed(start, length);
            action(new Span<byte>(start, length));
        }
    }

    /// <summary>Reads what the file has of the array, and keeps what lies here.</summary>
    public void ReadFrom(Stream stream)
    {
        var rows = Share != null && Part == RowPart.Whole ? Share.Rows : Rows;
        if ((Share != null || Part != RowPart.Whole) && Bytes > 0) SharedArray.Read(Part, RowPart.Of(Share), rows, (byte*)Address, checked((int)(Bytes / rows)), stream);
        else ForEachChunk(stream.ReadExactly);
    }

    private int RowBytes(RowShare share) => checked((int)(Bytes / share.Rows));
}

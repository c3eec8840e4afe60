using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Somebody's memory, by the name under which it is saved.</summary>
/// <param name="Address">Where it lies.</param>
internal sealed unsafe record NamedArray(string Name, nint Address, long Rows, long Columns, NamedArray.ElementType Type = NamedArray.ElementType.Number)
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

    private const int ChunkBytes = 1 << 24;

    public long Bytes => Rows * Columns * Type switch
    {
        ElementType.Number => sizeof(Real),
        ElementType.Integer => sizeof(int),
        _ => sizeof(byte),
    };

    public static NamedArray Of(Parameter parameter) => new(parameter.Name, (nint)parameter.Value, parameter.Rows, parameter.Columns);

    public static NamedArray Of(string name, NativeBuffer<Real> buffer) => new(name, (nint)buffer.Pointer, buffer.Length, 1);

    public static NamedArray Of(string name, NativeBuffer<int> buffer) => new(name, (nint)buffer.Pointer, buffer.Length, 1, ElementType.Integer);

    /// <summary>A table's rows, packed or as numbers.</summary>
    public static NamedArray Of(EmbeddingTable table) => At(table.IsPacked ? (nint)table.Packed.Pointer : (nint)table.Weights.Pointer, table);

    /// <summary>A table's rows wherever they lie.</summary>
    public static NamedArray At(nint address, EmbeddingTable table) => table.Codes is { } codes ? new NamedArray(table.Name, address, codes.Bytes, 1, ElementType.Byte) : table.IsPacked
        ? new NamedArray(table.Name, address, table.Rows, table.RowBytes, ElementType.Byte)
        : new NamedArray(table.Name, address, table.Rows, table.Dim);

    public void ForEachChunk(SpanAction action)
    {
        for (var offset = 0L; offset < Bytes; offset += ChunkBytes)
        {
            action(new Span<byte>((byte*)Address + offset, (int)Math.Min(ChunkBytes, Bytes - offset)));
        }
    }

    public delegate void SpanAction(Span<byte> chunk);
}

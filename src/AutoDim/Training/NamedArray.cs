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

    public static NamedArray Of(TablePart part) => new(part.Name, part.Address, part.Rows, part.Columns, part.IsBytes ? ElementType.Byte : ElementType.Number);

    /// <summary>A table's rows, packed or as numbers.</summary>
    public static IEnumerable<NamedArray> PartsOf(EmbeddingTable table) => table.Parts.Select(Of);

    public void ForEachChunk(SpanAction action)
    {
        for (var offset = 0L; offset < Bytes; offset += ChunkBytes)
        {
            action(new Span<byte>((byte*)Address + offset, (int)Math.Min(ChunkBytes, Bytes - offset)));
        }
    }

    public delegate void SpanAction(Span<byte> chunk);
}

using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>Somebody's memory, by the name under which it is saved.</summary>
/// <param name="Address">Where it lies.</param>
/// <param name="IsInteger">32-bit integers instead of the engine's numbers.</param>
internal sealed unsafe record NamedArray(string Name, nint Address, long Rows, long Columns, bool IsInteger = false)
{
    private const int ChunkBytes = 1 << 24;

    public long Bytes => Rows * Columns * (IsInteger ? sizeof(int) : sizeof(Real));

    public static NamedArray Of(Parameter parameter) => new(parameter.Name, (nint)parameter.Value, parameter.Rows, parameter.Columns);

    public static NamedArray Of(string name, NativeBuffer<Real> buffer) => new(name, (nint)buffer.Pointer, buffer.Length, 1);

    public static NamedArray Of(string name, NativeBuffer<int> buffer) => new(name, (nint)buffer.Pointer, buffer.Length, 1, IsInteger: true);

    public void ForEachChunk(SpanAction action)
    {
        for (var offset = 0L; offset < Bytes; offset += ChunkBytes)
        {
            action(new Span<byte>((byte*)Address + offset, (int)Math.Min(ChunkBytes, Bytes - offset)));
        }
    }

    public delegate void SpanAction(Span<byte> chunk);
}

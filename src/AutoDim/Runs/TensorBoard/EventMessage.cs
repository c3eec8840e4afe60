using System.Buffers.Binary;
using System.Text;

namespace AutoDim.Runs.TensorBoard;

/// <summary>A message of protocol buffers, field by field: the few kinds that events have.</summary>
internal sealed class EventMessage
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private readonly MemoryStream bytes = new();

    public ReadOnlySpan<byte> Bytes => bytes.GetBuffer().AsSpan(0, (int)bytes.Length);

    public void Whole(int field, long value)
    {
        Key(field, Varint);
        Number((ulong)value);
    }

    public void Single(int field, float value)
    {
        Key(field, Fixed32);
        Span<byte> buffer = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(buffer, value);
        bytes.Write(buffer);
    }

    public void Double(int field, double value)
    {
        Key(field, Fixed64);
        Raw(value);
    }

    /// <summary>A packed list.</summary>
    public void Doubles(int field, IReadOnlyList<double> values)
    {
        Key(field, Delimited);
        Number((ulong)(8 * values.Count));
        foreach (var value in values) Raw(value);
    }

    public void Text(int field, string text) => Span(field, Encoding.UTF8.GetBytes(text));

    public void Message(int field, EventMessage message) => Span(field, message.Bytes);

    private void Span(int field, ReadOnlySpan<byte> value)
    {
        Key(field, Delimited);
        Number((ulong)value.Length);
        bytes.Write(value);
    }

    private void Key(int field, int kind) => Number((ulong)((field << 3) | kind));

    /// <summary>Seven bits a byte, the lowest first; the eighth tells that more follow.</summary>
    private void Number(ulong value)
    {
        for (; value >= 0x80; value >>= 7) bytes.WriteByte((byte)(value | 0x80));
        bytes.WriteByte((byte)value);
    }

    private void Raw(double value)
    {
        Span<byte> buffer = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(buffer, value);
        bytes.Write(buffer);
    }
}

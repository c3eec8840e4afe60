using System.Buffers.Binary;
using System.Text;

namespace AutoDim.Tests.Runs.TensorBoard;

/// <summary>Reads event files as their formats are written down, with nothing of what writes them: CRC-32C by its polynomial, messages by their wire format.</summary>
internal static class EventReader
{
    /// <param name="Scalars">By tag.</param>
    /// <param name="Histograms">By tag: every field of a HistogramProto by its number.</param>
    public sealed record Event(double Time, long Step, string? Version, Dictionary<string, float> Scalars, Dictionary<string, Dictionary<int, double[]>> Histograms);

    public static List<Event> Read(string path)
    {
        var bytes = File.ReadAllBytes(path);
        List<Event> events = [];
        for (var place = 0; place < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(place));
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(place + 8)).ShouldBe(Masked(bytes.AsSpan(place, 8)));
            var data = bytes.AsSpan(place + 12, length);
            BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(place + 12 + length)).ShouldBe(Masked(data));
            events.Add(EventOf(data));
            place += length + 16;
        }

        return events;
    }

    /// <summary>((crc >> 15) | (crc &lt;&lt; 17)) + 0xa282ead8.</summary>
    public static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = Crc32C(data);
        return unchecked(((crc >> 15) | (crc << 17)) + 0xA282EAD8);
    }

    /// <summary>Bit by bit, with the reversed polynomial of Castagnoli.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = 0xFFFFFFFF;
        foreach (var item in data)
        {
            crc ^= item;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }

        return crc ^ 0xFFFFFFFF;
    }

    private static Event EventOf(ReadOnlySpan<byte> data)
    {
        var (time, step, version, scalars, histograms) = (0.0, 0L, (string?)null, new Dictionary<string, float>(), new Dictionary<string, Dictionary<int, double[]>>());
        foreach (var (field, whole, content) in Fields(data))
        {
            if (field == 1) time = BitConverter.ToDouble(content);
            if (field == 2) step = (long)whole;
            if (field == 3) version = Encoding.UTF8.GetString(content);
            if (field != 5) continue;
            foreach (var (_, _, value) in Fields(content))
            {
                var parts = Fields(value);
                var tag = Encoding.UTF8.GetString(parts.Single(part => part.Field == 1).Content);
                foreach (var part in parts.Where(part => part.Field == 2)) scalars[tag] = BitConverter.ToSingle(part.Content);
                foreach (var part in parts.Where(part => part.Field == 5)) histograms[tag] = Fields(part.Content).ToDictionary(inner => inner.Field, inner => inner.Content.Chunk(8).Select(number => BitConverter.ToDouble(number)).ToArray());
            }
        }

        return new Event(time, step, version, scalars, histograms);
    }

    private static List<(int Field, ulong Whole, byte[] Content)> Fields(ReadOnlySpan<byte> data)
    {
        List<(int, ulong, byte[])> fields = [];
        while (data.Length > 0)
        {
            var key = Varint(ref data);
            var (whole, size) = (key & 7) switch
            {
                0 => (Varint(ref data), 0),
                1 => (0UL, 8),
                2 => (0UL, (int)Varint(ref data)),
                5 => (0UL, 4),
                _ => throw new InvalidDataException($"wire type {key & 7}"),
            };
            fields.Add(((int)(key >> 3), whole, data[..size].ToArray()));
            data = data[size..];
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> data)
    {
        var (value, shift) = (0UL, 0);
        while (true)
        {
            var next = data[0];
            data = data[1..];
            value |= (ulong)(next & 0x7F) << shift;
            shift += 7;
            if (next < 0x80) return value;
        }
    }
}

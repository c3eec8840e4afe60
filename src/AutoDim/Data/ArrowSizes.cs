using System.Buffers.Binary;

namespace AutoDim.Data;

/// <summary>
/// What the messages of an Arrow stream say of their own sizes, checked before the Arrow library, which trusts them, reads them: lists in their
/// heads are no longer than the heads. (https://arrow.apache.org/docs/format/Columnar.html, and its Message.fbs and Schema.fbs)
/// </summary>
internal static class ArrowSizes
{
    private const uint Continuation = 0xFFFFFFFF;
    private const byte SchemaHead = 1, BatchHead = 3;
    private const int MostDepth = 8;

    /// <exception cref="InvalidDataException">A size cannot be.</exception>
    public static void Check(ReadOnlySpan<byte> stream)
    {
        while (stream.Length >= 8 && BinaryPrimitives.ReadUInt32LittleEndian(stream) == Continuation)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(stream[4..]);
            if (length == 0) return;
            if (length < 0 || length > stream.Length - 8) throw new InvalidDataException("the head of a message is longer than the file");
            var message = FlatTable.Root(stream.Slice(8, length));
            var body = message.Field(3) is var place and > 0 ? BinaryPrimitives.ReadInt64LittleEndian(stream[(8 + place)..]) : 0;
            if (body < 0 || body > stream.Length - 8 - length) throw new InvalidDataException("the body of a message is longer than the file");
            var kind = message.Field(1) is var type and > 0 ? stream[8 + type] : (byte)0;
            if (kind == SchemaHead)
            {
                CheckFields(message.Table(2), 1, 0);
                CheckTexts(message.Table(2), 2);
            }
            else if (kind == BatchHead)
            {
                message.Table(2).Vector(1, 16);
                message.Table(2).Vector(2, 16);
            }

            stream = stream[(8 + length + (int)body)..];
        }
    }

    private static void CheckFields(FlatTable table, int field, int depth)
    {
        if (depth > MostDepth) throw new InvalidDataException($"its columns are nested deeper than {MostDepth} levels");
        var (start, count) = table.Vector(field, 4);
        for (var i = 0; i < count; i++)
        {
            var column = table.At(start + (4 * i));
            CheckTexts(column, 6);
            CheckFields(column, 5, depth + 1);
        }
    }

    private static void CheckTexts(FlatTable table, int field) => table.Vector(field, 4);

    /// <summary>A table of FlatBuffers: where its fields lie.</summary>
    private readonly ref struct FlatTable(ReadOnlySpan<byte> bytes, int position)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;
        private readonly int position = position;

        public static FlatTable Root(ReadOnlySpan<byte> bytes) => new FlatTable(bytes, 0).At(0);

        /// <summary>The table that an offset at a place leads to.</summary>
        public FlatTable At(int place) => new(bytes, Target(place));

        /// <summary>Where a field lies; 0 where it is not there.</summary>
        public int Field(int field)
        {
            var fields = position - Int(position);
            if (fields < 0 || fields > bytes.Length - 4) throw Damaged();
            var place = 4 + (2 * field);
            if (place + 2 > BinaryPrimitives.ReadUInt16LittleEndian(bytes[fields..])) return 0;
            if (fields + place + 2 > bytes.Length) throw Damaged();
            var offset = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(fields + place)..]);
            return offset == 0 ? 0 : position + offset <= bytes.Length - 1 ? position + offset : throw Damaged();
        }

        public FlatTable Table(int field) => Field(field) is var place and > 0 ? At(place) : throw Damaged();

        /// <summary>Where a list's items begin, and how many there are.</summary>
        public (int Start, int Count) Vector(int field, int width)
        {
            if (Field(field) is not (var place and > 0)) return (0, 0);
            var start = Target(place);
            var count = Int(start);
            return count >= 0 && count <= (bytes.Length - start - 4) / width ? (start + 4, count) : throw new InvalidDataException("a list in a message's head is longer than the head");
        }

        private int Target(int place)
        {
            var target = (long)place + (uint)Int(place);
            return target <= bytes.Length - 4 ? (int)target : throw Damaged();
        }

        private int Int(int place) => place >= 0 && place <= bytes.Length - 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes[place..]) : throw Damaged();

        private static InvalidDataException Damaged() => new("a message's head leads out of itself");
    }
}

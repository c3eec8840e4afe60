namespace AutoDim.Data.Preparation;

/// <summary>
/// A struct in Thrift's compact protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md), read without
/// knowing what it means: fields by number. Nothing is taken that the bytes do not hold, so it ends and is small whatever they say.
/// </summary>
internal sealed class ThriftStruct
{
    private const int MostDepth = 32;

    private readonly Dictionary<int, object> fields = [];

    /// <summary>Reads a struct at the beginning of bytes.</summary>
    /// <param name="used">Bytes that it takes.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static ThriftStruct Read(ReadOnlySpan<byte> bytes, out int used)
    {
        var reader = new Reader(bytes);
        var read = reader.Struct(0);
        used = reader.Position;
        return read;
    }

    /// <summary>A whole number; null where the field is not there or is no number.</summary>
    public long? Number(int field) => fields.GetValueOrDefault(field) as long?;

    public ThriftStruct? Struct(int field) => fields.GetValueOrDefault(field) as ThriftStruct;

    /// <summary>A list's structs; none where the field is not there.</summary>
    public IEnumerable<ThriftStruct> Structs(int field) => (fields.GetValueOrDefault(field) as List<object> ?? []).OfType<ThriftStruct>();

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;

        public int Position { get; private set; }

        public ThriftStruct Struct(int depth)
        {
            if (depth > MostDepth) throw new InvalidDataException($"its metadata is nested deeper than {MostDepth} levels");
            var read = new ThriftStruct();
            var field = 0L;
            while (true)
            {
                var head = Byte();
                if (head == 0) return read;
                field = head >> 4 == 0 ? ZigZag() : field + (head >> 4);
                read.fields[(int)field] = Value(head & 15, depth, inList: false);
            }
        }

        private object Value(int type, int depth, bool inList) => type switch
        {
            1 or 2 => inList ? Byte() == 1 : type == 1,
            3 => (long)Byte(),
            4 or 5 or 6 => ZigZag(),
            7 => Skip(sizeof(double)),
            8 => Skip(Length()),
            9 or 10 => List(depth + 1),
            11 => Map(depth + 1),
            12 => Struct(depth + 1),
            _ => throw new InvalidDataException($"its metadata has a value of unknown type {type}"),
        };

        private List<object> List(int depth)
        {
            if (depth > MostDepth) throw new InvalidDataException($"its metadata is nested deeper than {MostDepth} levels");
            var head = Byte();
            var count = head >> 4 == 15 ? Length() : head >> 4;
            if (count > bytes.Length - Position) throw new InvalidDataException("its metadata has a list that is longer than itself"); // each item takes a byte at least
            List<object> items = [];
            for (var i = 0; i < count; i++) items.Add(Value(head & 15, depth, inList: true));
            return items;
        }

        private object Map(int depth)
        {
            var count = Length();
            if (count == 0) return count;
            var types = Byte();
            for (var i = 0; i < count; i++)
            {
                Value(types >> 4, depth, inList: true);
                Value(types & 15, depth, inList: true);
            }

            return count;
        }

        private object Skip(int length)
        {
            if (length > bytes.Length - Position) throw new InvalidDataException("its metadata ends within a value");
            Position += length;
            return length;
        }

        private int Length() => Varint() is <= int.MaxValue and var length ? (int)length : throw new InvalidDataException("its metadata has a length that it cannot have");

        private long ZigZag() => Varint() is var number ? (long)(number >> 1) ^ -(long)(number & 1) : 0;

        private ulong Varint()
        {
            var number = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var next = Byte();
                number |= (ulong)(next & 127) << shift;
                if (next < 128) return number;
            }

            throw new InvalidDataException("its metadata has a number that does not end");
        }

        private byte Byte() => Position < bytes.Length ? bytes[Position++] : throw new InvalidDataException("its metadata ends early");
    }
}

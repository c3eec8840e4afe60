using System.Buffers.Binary;

namespace AutoDim.Data.Preparation;

/// <summary>
/// What a Parquet file says of its own sizes, checked before the Parquet library, which trusts them, reads it: metadata that is whole, pages
/// within the file, and none that would unpack to more than its bytes can. (https://parquet.apache.org/docs/file-format/metadata/)
/// </summary>
internal static class ParquetSizes
{
    private const int Mark = 0x31524150; // "PAR1"

    /// <summary>Most that a compressor of the format makes of a byte, with room to spare.</summary>
    private const long MostUnpacked = 2000;
    private const long AlwaysAllowed = 1 << 20;
    private const int LargestPageHead = 1 << 16;

    /// <summary>Values that one byte of a page may stand for: repeated ones and those of a dictionary take next to nothing.</summary>
    private const long MostValuesPerByte = 1 << 14;

    /// <exception cref="InvalidDataException">The sizes cannot be.</exception>
    public static void Check(Stream file)
    {
        file.Position = Math.Max(0, file.Length - 8);
        Span<byte> tail = stackalloc byte[8];
        if (file.ReadAtLeast(tail, 8, throwOnEndOfStream: false) < 8 || BinaryPrimitives.ReadInt32LittleEndian(tail[4..]) != Mark) throw new InvalidDataException("it does not end as a Parquet file does");
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length <= 0 || length > file.Length - 12) throw new InvalidDataException($"its metadata has a length of {length} bytes, which it cannot have");
        var bytes = new byte[length];
        file.Position = file.Length - 8 - length;
        file.ReadExactly(bytes);
        foreach (var group in ThriftStruct.Read(bytes, out _).Structs(4))
        {
            foreach (var column in group.Structs(1)) CheckColumn(file, file.Length - 8 - length, group, column.Struct(3) ?? throw new InvalidDataException("a column of it has no metadata"));
        }

        file.Position = 0;
    }

    /// <param name="end">Where the pages end.</param>
    /// <param name="column">ColumnMetaData.</param>
    private static void CheckColumn(Stream file, long end, ThriftStruct group, ThriftStruct column)
    {
        long values = column.Number(5) ?? -1, packed = column.Number(7) ?? -1, data = column.Number(9) ?? -1, rows = group.Number(3) ?? -1;
        var first = column.Number(11) is > 0 and var dictionary ? Math.Min(dictionary, data) : data;
        if (values < 0 || rows < 0 || rows > int.MaxValue || values > int.MaxValue) throw new InvalidDataException("a column of it has a number of values that it cannot have");
        if (first < 4 || packed < 0 || first > end || packed > end - first) throw new InvalidDataException("a column of it lies outside of the file");
        var buffer = new byte[(int)Math.Min(LargestPageHead, packed)];
        for (var (at, seen) = (first, 0L); seen < values;)
        {
            if (at >= first + packed) throw new InvalidDataException("a column of it has fewer values than it says");
            file.Position = at;
            var head = ThriftStruct.Read(buffer.AsSpan(0, file.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(buffer.Length, first + packed - at)), 1, throwOnEndOfStream: false)), out var used);
            long unpacked = head.Number(2) ?? -1, size = head.Number(3) ?? -1;
            if (size < 0 || size > first + packed - at - used) throw new InvalidDataException("a page of it is longer than its column");
            if (unpacked < 0 || unpacked > AlwaysAllowed + (MostUnpacked * size)) throw new InvalidDataException($"a page of {size} bytes says that it unpacks to {unpacked}");
            var count = head.Struct(5)?.Number(1) ?? head.Struct(8)?.Number(1);
            var inPage = count ?? head.Struct(7)?.Number(1) ?? 0;
            if (inPage < 0 || inPage > AlwaysAllowed + (MostValuesPerByte * size)) throw new InvalidDataException($"a page of {size} bytes says that it holds {inPage} values");
            seen += count ?? 0;
            at += used + size;
        }
    }
}

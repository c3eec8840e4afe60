using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace AutoDim.Data.Preparation;

/// <summary>One column of a row group, whose values are read as text: the invariant one that a CSV file would hold.</summary>
internal abstract class ParquetColumn
{
    private const string IsoTime = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF";

    private byte[] buffer = new byte[64];

    /// <summary>A row's value in UTF-8, empty where it is null; good until the next call.</summary>
    public ReadOnlySpan<byte> Text(int row)
    {
        int written;
        while (!TryWrite(row, buffer, out written)) buffer = new byte[2 * buffer.Length];
        return buffer.AsSpan(0, written);
    }

    /// <summary>Null where the column's type is none that stands for a value or number.</summary>
    public static ParquetColumn? Read(ParquetRowGroupReader source, DataField field)
    {
        var type = field.ClrType;
        return type == typeof(ReadOnlyMemory<char>) ? new Texts(ReadValues<ReadOnlyMemory<char>>(source, field))
            : type == typeof(bool) ? new Flags(ReadValues<bool>(source, field))
            : type == typeof(long) ? new Values<long>(ReadValues<long>(source, field))
            : type == typeof(int) ? new Values<int>(ReadValues<int>(source, field))
            : type == typeof(short) ? new Values<short>(ReadValues<short>(source, field))
            : type == typeof(sbyte) ? new Values<sbyte>(ReadValues<sbyte>(source, field))
            : type == typeof(ulong) ? new Values<ulong>(ReadValues<ulong>(source, field))
            : type == typeof(uint) ? new Values<uint>(ReadValues<uint>(source, field))
            : type == typeof(ushort) ? new Values<ushort>(ReadValues<ushort>(source, field))
            : type == typeof(byte) ? new Values<byte>(ReadValues<byte>(source, field))
            : type == typeof(double) ? new Values<double>(ReadValues<double>(source, field))
            : type == typeof(float) ? new Values<float>(ReadValues<float>(source, field))
            : type == typeof(decimal) ? new Values<decimal>(ReadValues<decimal>(source, field))
            : type == typeof(DateTime) ? new Values<DateTime>(ReadValues<DateTime>(source, field), IsoTime)
            : null;
    }

    protected abstract bool TryWrite(int row, Span<byte> target, out int written);

    private static T?[] ReadValues<T>(ParquetRowGroupReader source, DataField field)
        where T : struct
    {
        var optional = new T?[source.RowCount];
        if (field.IsNullable)
        {
            source.ReadAsync(field, optional.AsMemory()).AsTask().GetAwaiter().GetResult();
            return optional;
        }

        var values = new T[source.RowCount];
        source.ReadAsync(field, values.AsMemory()).AsTask().GetAwaiter().GetResult();
        for (var row = 0; row < values.Length; row++) optional[row] = values[row];
        return optional;
    }

    private sealed class Texts(ReadOnlyMemory<char>?[] texts) : ParquetColumn
    {
        protected override bool TryWrite(int row, Span<byte> target, out int written) => Encoding.UTF8.TryGetBytes(texts[row].GetValueOrDefault().Span, target, out written);
    }

    private sealed class Flags(bool?[] flags) : ParquetColumn
    {
        protected override bool TryWrite(int row, Span<byte> target, out int written)
        {
            written = flags[row] is { } flag ? 1 : 0;
            if (written == 1) target[0] = flags[row] == true ? (byte)'1' : (byte)'0';
            return true;
        }
    }

    private sealed class Values<T>(T?[] values, string? format = null) : ParquetColumn
        where T : struct, IUtf8SpanFormattable
    {
        protected override bool TryWrite(int row, Span<byte> target, out int written)
        {
            written = 0;
            return values[row] is not { } value || value.TryFormat(target, out written, format, CultureInfo.InvariantCulture);
        }
    }
}

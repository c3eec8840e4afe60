using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace AutoDim.Data.Preparation;

/// <summary>Rows of a column as packed little-endian integers, as Arrow has them.</summary>
/// <param name="width">Bytes of an integer: 1, 2, 4 or 8.</param>
internal sealed class ColumnBuffer(int width, bool multiValued)
{
    private byte[] data = new byte[width * (ArrowSplit.BatchRows + RecordChunk.Capacity)];
    private int values;
    private readonly List<int> starts = [0];

    public IArrowType Type => multiValued ? new ListType(RowWidth.ArrowType(width)) : RowWidth.ArrowType(width);

    public int RowCount => multiValued ? starts.Count - 1 : values;

    public void AddValue(long value)
    {
        if ((values + 1) * width > data.Length) System.Array.Resize(ref data, 2 * data.Length);
        ref var place = ref data[values++ * width];
        switch (width)
        {
            case 1:
                place = (byte)value;
                break;
            case 2:
                Unsafe.WriteUnaligned(ref place, (ushort)value);
                break;
            case 4:
                Unsafe.WriteUnaligned(ref place, (uint)value);
                break;
            default:
                Unsafe.WriteUnaligned(ref place, value);
                break;
        }
    }

    /// <summary>Adds, of rows of one value each, those that belong to a split.</summary>
    public void AddSplit(byte split, ReadOnlySpan<byte> splits, ReadOnlySpan<long> rows)
    {
        if ((values + rows.Length) * width > data.Length) System.Array.Resize(ref data, Math.Max(2 * data.Length, (values + rows.Length) * width));
        var free = data.AsSpan(values * width);
        values += width switch
        {
            1 => Add<byte>(split, splits, rows, free),
            2 => Add<ushort>(split, splits, rows, free),
            4 => Add<uint>(split, splits, rows, free),
            _ => Add<ulong>(split, splits, rows, free),
        };
    }

    private static int Add<T>(byte split, ReadOnlySpan<byte> splits, ReadOnlySpan<long> rows, Span<byte> target)
        where T : unmanaged, IBinaryInteger<T>
    {
        var items = MemoryMarshal.Cast<byte, T>(target);
        var added = 0;
        for (var row = 0; row < splits.Length; row++)
        {
            items[added] = T.CreateTruncating(rows[row]); // without a branch: splits are drawn at random
            added += splits[row] == split ? 1 : 0;
        }

        return added;
    }

    /// <summary>Ends a row; of one value where the field is single-valued.</summary>
    public void EndRow()
    {
        if (multiValued) starts.Add(values);
    }

    /// <summary>The first rows as an Arrow array; good until rows are added or removed.</summary>
    public IArrowArray ToArrow(int rows)
    {
        var count = multiValued ? starts[rows] : rows;
        var items = new ArrayData(RowWidth.ArrowType(width), count, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(data.AsMemory(0, count * width))]);
        if (!multiValued) return ArrowArrayFactory.BuildArray(items);
        var offsets = new ArrowBuffer(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(starts)[..(rows + 1)]).ToArray());
        return ArrowArrayFactory.BuildArray(new ArrayData(Type, rows, 0, 0, [ArrowBuffer.Empty, offsets], [items]));
    }

    public void RemoveRows(int rows)
    {
        var count = multiValued ? starts[rows] : rows;
        data.AsSpan(count * width, (values - count) * width).CopyTo(data);
        values -= count;
        if (!multiValued) return;
        starts.RemoveRange(0, rows);
        for (var i = 0; i < starts.Count; i++) starts[i] -= count;
    }
}

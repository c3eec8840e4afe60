using System.Runtime.InteropServices;
using AutoDim.Data.Preparation;

namespace AutoDim.Native;

/// <summary>The header's autodim_column.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RawColumnPointers
{
    public byte* Name;

    /// <summary>One text for each row; null: it is missing.</summary>
    public byte** Values;
}

/// <summary>A column in the caller's memory, read during the call only.</summary>
internal sealed unsafe class PointedColumn(string name, byte** values, int count) : RawColumn
{
    public override string Name => name;

    public override int Count => count;

    public override ReadOnlySpan<byte> this[int row] => MemoryMarshal.CreateReadOnlySpanFromNullTerminated(values[row]); // of null, the empty one

    /// <exception cref="AutoDimException">A pointer is null, or there are more rows than can be counted.</exception>
    public static RawColumn[] Of(RawColumnPointers* columns, nuint columnCount, nuint rowCount)
    {
        if (columns == null && columnCount > 0) throw new AutoDimException("columns is NULL, expected as many as column_count says");
        if (rowCount > int.MaxValue) throw new AutoDimException($"there are {rowCount} rows, expected at most {int.MaxValue} a call");
        return [.. Enumerable.Range(0, (int)columnCount).Select(c =>
        {
            var name = Call.Text(columns[c].Name, $"the name of column {c}");
            return columns[c].Values != null || rowCount == 0 ? new PointedColumn(name, columns[c].Values, (int)rowCount) : throw new AutoDimException($"the values of column '{name}' are NULL");
        })];
    }
}

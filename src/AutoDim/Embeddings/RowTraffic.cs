using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// One side of an exchange of rows between ranks: how many rows of each table go to each rank, or come from it, and where they and their
/// numbers lie, by rank and then by table.
/// </summary>
/// <param name="dims">Numbers of a row of each table.</param>
internal sealed unsafe class RowTraffic(Ranks ranks, int[] dims) : IDisposable
{
    private readonly int[] counts = new int[ranks.Count * dims.Length];
    private readonly long[] rowStarts = new long[(ranks.Count * dims.Length) + 1], valueStarts = new long[(ranks.Count * dims.Length) + 1];
    private readonly long[] nextRows = new long[ranks.Count * dims.Length];
    private readonly int[] byteCounts = new int[ranks.Count], byteStarts = new int[ranks.Count];
    private readonly ReusedBuffer<long> rows = new();
    private readonly ReusedBuffer<Real> values = new();
    private readonly ReusedBuffer<byte> wire = new();

    public ref int Count(int rank, int table) => ref counts[(rank * dims.Length) + table];

    /// <summary>The rows of a table for, or from, a rank.</summary>
    public long* Rows(int rank, int table) => rows.Pointer + rowStarts[(rank * dims.Length) + table];

    /// <summary>Those rows' numbers.</summary>
    public Real* Values(int rank, int table) => values.Pointer + valueStarts[(rank * dims.Length) + table];

    public void Clear() => counts.AsSpan().Clear();

    /// <summary>Tells each rank how many rows it will get, and makes room for everything on both sides.</summary>
    public void SendCounts(RowTraffic other)
    {
        var bytes = dims.Length * sizeof(int);
        for (var rank = 0; rank < ranks.Count; rank++) (byteCounts[rank], byteStarts[rank]) = (bytes, rank * bytes);
        fixed (int* sent = counts, received = other.counts) ranks.Exchange((byte*)sent, byteCounts, byteStarts, (byte*)received, byteCounts, byteStarts);
        Place();
        other.Place();
    }

    /// <summary>Notes a row for a rank, after those noted before; returns where its numbers lie, as an offset among all.</summary>
    public long Add(int rank, int table, long row)
    {
        var segment = (rank * dims.Length) + table;
        rows.Pointer[nextRows[segment]] = row;
        return valueStarts[segment] + ((nextRows[segment]++ - rowStarts[segment]) * dims[table]);
    }

    /// <summary>The numbers at an offset that <see cref="Add"/> gave.</summary>
    public Real* ValuesAt(long offset) => values.Pointer + offset;

    public void SendRows(RowTraffic other) => Send((byte*)rows.Pointer, rowStarts, sizeof(long), other, (byte*)other.rows.Pointer, other.rowStarts);

    public void SendValues(RowTraffic other, WireFormat format)
    {
        if (format == WireFormat.Float32)
        {
            Send((byte*)values.Pointer, valueStarts, sizeof(Real), other, (byte*)other.values.Pointer, other.valueStarts);
            return;
        }

        Reserve(format);
        other.Reserve(format);
        Convert(format, static (format, row, dim, bytes) => WireRow.Encode(format, row, dim, bytes));
        ranks.Exchange(wire.Pointer, byteCounts, byteStarts, other.wire.Pointer, other.byteCounts, other.byteStarts);
        other.Convert(format, static (format, row, dim, bytes) => WireRow.Decode(format, bytes, dim, row));
    }

    public void Dispose()
    {
        rows.Dispose();
        values.Dispose();
        wire.Dispose();
    }

    private void Place()
    {
        for (var i = 0; i < counts.Length; i++)
        {
            rowStarts[i + 1] = rowStarts[i] + counts[i];
            valueStarts[i + 1] = valueStarts[i] + ((long)counts[i] * dims[i % dims.Length]);
            nextRows[i] = rowStarts[i];
        }

        rows.Reserve(rowStarts[^1]);
        values.Reserve(valueStarts[^1]);
    }

    private delegate void Conversion(WireFormat format, Real* row, int dim, byte* bytes);

    /// <summary>Room for all rows in a format, by rank.</summary>
    private void Reserve(WireFormat format)
    {
        var start = 0L;
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            var length = 0L;
            for (var table = 0; table < dims.Length; table++) length += Count(rank, table) * WireRow.Bytes(format, dims[table]);
            (byteStarts[rank], byteCounts[rank]) = (checked((int)start), checked((int)length));
            start += length;
        }

        wire.Reserve(start);
    }

    /// <summary>All rows, to bytes or back.</summary>
    private void Convert(WireFormat format, Conversion convert)
    {
        var bytes = wire.Pointer;
        for (var segment = 0; segment < counts.Length; segment++)
        {
            var dim = dims[segment % dims.Length];
            var row = values.Pointer + valueStarts[segment];
            for (var i = 0; i < counts[segment]; i++, row += dim, bytes += WireRow.Bytes(format, dim)) convert(format, row, dim, bytes);
        }
    }

    private void Send(byte* sent, long[] starts, int size, RowTraffic other, byte* received, long[] otherStarts)
    {
        SetBytes(starts, size);
        other.SetBytes(otherStarts, size);
        ranks.Exchange(sent, byteCounts, byteStarts, received, other.byteCounts, other.byteStarts);
    }

    private void SetBytes(long[] starts, int size)
    {
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            var (first, last) = (starts[rank * dims.Length], starts[(rank + 1) * dims.Length]);
            (byteStarts[rank], byteCounts[rank]) = (checked((int)(first * size)), checked((int)((last - first) * size)));
        }
    }
}

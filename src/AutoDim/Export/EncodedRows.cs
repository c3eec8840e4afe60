using AutoDim.Data;
using AutoDim.Data.Preparation;

namespace AutoDim.Export;

/// <summary>Rows on their way into a batch, as table rows: a column for each field and sequence. Buffers grow and are used again.</summary>
/// <param name="columns">As <see cref="RowEncoder.Columns"/>.</param>
internal sealed class EncodedRows(IReadOnlyList<Field> columns)
{
    public EncodedColumn[] Columns { get; } = [.. columns.Select(column => new EncodedColumn(column.MultiValued))];

    /// <summary>Rows that every column holds.</summary>
    public int Count { get; private set; }

    public void Clear()
    {
        Count = 0;
        foreach (var column in Columns) column.Clear();
    }

    /// <summary>Ends a row to which each column was given its cell.</summary>
    public void EndRow() => Count++;

    /// <summary>Puts rows behind those of a batch, which has room for them.</summary>
    public void AppendTo(Batch batch, int first, int count)
    {
        var place = batch.Size;
        batch.Size += count;
        for (var m = 0; m < Columns.Length; m++) Columns[m].AppendTo(batch.Columns[m], place, first, count);
    }
}

/// <summary>The table rows of one field or sequence.</summary>
internal sealed class EncodedColumn(bool multiValued)
{
    private int[] starts = [0];
    private long[] rows = [];
    private int count, ended;

    /// <summary>Values that no training row had, or too few.</summary>
    public int Unseen { get; private set; }

    /// <summary>Where a cell is parsed, before its values get their rows.</summary>
    public CellColumn Cells { get; } = new(multiValued, capacity: 1);

    public void Clear() => (count, ended, Unseen) = (0, 0, 0);

    public void Add(long row, bool isUnseen = false)
    {
        Reserve(1);
        Unseen += isUnseen ? 1 : 0;
        rows[count++] = row;
    }

    /// <summary>Gives the values of the parsed cell their rows, and ends the cell.</summary>
    /// <param name="mostValues">Of a list, of which the last ones are kept.</param>
    public void AddCells(FieldEncoder encoder, int mostValues)
    {
        var values = Cells.Values;
        values = values[Math.Max(0, values.Length - mostValues)..];
        Reserve(values.Length);
        encoder.RowsOf(values, rows.AsSpan(count, values.Length));
        for (var i = 0; i < values.Length; i++) Unseen += rows[count + i] == FieldEncoder.UnseenRow ? 1 : 0;
        count += values.Length;
        EndCell();
        Cells.KeepRows(0);
    }

    /// <summary>Keeps the last values of the cell begun, and ends it.</summary>
    public void EndCell(int mostValues = int.MaxValue)
    {
        if (!multiValued) return;
        var excess = count - starts[ended] - mostValues;
        if (excess > 0)
        {
            rows.AsSpan(starts[ended] + excess, mostValues).CopyTo(rows.AsSpan(starts[ended]));
            count -= excess;
        }

        if (++ended == starts.Length) Array.Resize(ref starts, 2 * starts.Length);
        starts[ended] = count;
    }

    /// <summary>The table rows of a row.</summary>
    public ReadOnlySpan<long> CellOf(int row) => rows.AsSpan(multiValued ? starts[row]..starts[row + 1] : row..(row + 1));

    /// <summary>Adds the cell of another's row; its unseen values were counted there.</summary>
    public void AddCell(EncodedColumn source, int row)
    {
        var values = source.CellOf(row);
        Reserve(values.Length);
        values.CopyTo(rows.AsSpan(count));
        count += values.Length;
        EndCell();
    }

    /// <param name="place">The first row's in the batch.</param>
    public void AppendTo(BatchColumn column, int place, int first, int rowCount)
    {
        if (place == 0) column.Count = 0;
        var values = rows.AsSpan(multiValued ? starts[first]..starts[first + rowCount] : first..(first + rowCount));
        column.Reserve(column.Count + values.Length);
        values.CopyTo(column.Rows.AsSpan(column.Count, values.Length));
        if (multiValued)
        {
            for (var i = 0; i <= rowCount; i++) column.Offsets![place + i] = column.Count + starts[first + i] - starts[first];
        }

        column.Count += values.Length;
    }

    private void Reserve(int more)
    {
        if (count + more > rows.Length) Array.Resize(ref rows, Math.Max(2 * rows.Length, count + more));
    }
}

using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>Columns in memory, read as the rows of a log.</summary>
internal sealed class ColumnsReader : IRecordReader
{
    /// <summary>What errors call the place that rows are from; their first row is line 1.</summary>
    public const string Source = "columns in memory";

    private readonly CellParser cells;
    private readonly RawColumn[] columns;
    private int row;

    public ColumnsReader(IReadOnlyList<RawColumn> columns, Schema schema)
    {
        cells = new CellParser(schema, needsLabel: true);
        this.columns = RawColumn.Find(columns, cells.Columns);
    }

    public bool Read(RecordChunk chunk)
    {
        chunk.Clear();
        for (; chunk.Taken < RecordChunk.Capacity && row < columns[0].Count; row++)
        {
            var problem = cells.ParseRow(new RowText(columns, row), chunk);
            chunk.EndRow(problem, row + 1, problem == null ? [] : Encoding.UTF8.GetBytes(string.Join('\t', columns.Select(column => Encoding.UTF8.GetString(column[row])))));
        }

        return chunk.Taken > 0;
    }

    public void Dispose()
    {
        // The columns are the caller's.
    }

    private readonly struct RowText(RawColumn[] columns, int row) : IRowText
    {
        public ReadOnlySpan<byte> this[int column] => columns[column][row];
    }
}

using System.Text;
using Parquet;
using Parquet.Schema;

namespace AutoDim.Data.Preparation;

/// <summary>Parquet, one row group in memory at a time.</summary>
internal sealed class ParquetRecordReader : IRecordReader
{
    private readonly string path;
    private readonly CellParser cells;
    private readonly Action<long>? progress;
    private readonly FileStream stream;
    private readonly ParquetReader reader;
    private readonly DataField[] wanted;
    private ParquetColumn[] group = [];
    private int groupIndex, row, rows;
    private long line;

    /// <param name="needsLabel">False where rows are only to be scored.</param>
    public ParquetRecordReader(string path, Schema schema, bool needsLabel, Action<long>? progress)
    {
        this.path = path;
        this.progress = progress;
        (stream, reader) = OpenFile(path);
        try
        {
            var columns = reader.Schema.GetDataFields();
            cells = new CellParser(schema, needsLabel, needsLabel || columns.Any(column => NameOf(column) == schema.Label.Column));
            wanted = [.. cells.Columns.Select(column => Find(columns, column))];
        }
        catch (Exception exception)
        {
            Dispose();
            if (exception is AutoDimException) throw;
            throw Unreadable(path, exception);
        }
    }

    public bool Read(RecordChunk chunk)
    {
        chunk.Clear();
        while (chunk.Taken < RecordChunk.Capacity && (row < rows || NextGroup()))
        {
            line++;
            var problem = cells.ParseRow(new RowText(group, row), chunk);
            chunk.EndRow(problem, line, problem == null ? [] : Encoding.UTF8.GetBytes(string.Join('\t', group.Select(column => Encoding.UTF8.GetString(column.Text(row))))));
            row++;
        }

        return chunk.Taken > 0;
    }

    public void Dispose()
    {
        reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        stream.Dispose();
    }

    private static (FileStream Stream, ParquetReader Reader) OpenFile(string path)
    {
        FileStream? stream = null;
        try
        {
            stream = File.OpenRead(path);
            ParquetSizes.Check(stream);
            return (stream, ParquetReader.CreateAsync(stream, new ParquetOptions { TreatByteArrayAsString = true }).GetAwaiter().GetResult());
        }
        catch (Exception exception)
        {
            stream?.Dispose();
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Parquet.Net meets damage with whatever exception the damage leads to.</summary>
    private static AutoDimException Unreadable(string path, Exception exception) => new($"cannot read '{path}' as Parquet: {Reason.Of(exception)}; copy the file again, or write it anew", exception);

    private static string NameOf(DataField field) => field.Path.FirstPart ?? field.Name;

    private DataField Find(DataField[] columns, ColumnUse use)
    {
        var name = use.Name;
        var found = Array.Find(columns, column => NameOf(column) == name)
            ?? throw new AutoDimException($"'{path}' has no column '{name}' for {use.Purpose}; it has {string.Join(", ", columns.Take(60).Select(NameOf))}");
        return found.IsArray || found.MaxRepetitionLevel > 0
            ? throw new AutoDimException($"column '{name}' of '{path}' is a list; write it as separated text and make the field multi-valued")
            : found;
    }

    private bool NextGroup()
    {
        do
        {
            if (groupIndex >= reader.RowGroupCount) return false;
            try
            {
                using var source = reader.OpenRowGroupReader(groupIndex++);
                rows = checked((int)source.RowCount);
                row = 0;
                group = [.. wanted.Select(field => ReadColumn(source, field))];
            }
            catch (Exception exception) when (exception is not AutoDimException)
            {
                throw Unreadable(path, exception);
            }

            progress?.Invoke(stream.Position);
        }
        while (rows == 0);
        return true;
    }

    private ParquetColumn ReadColumn(ParquetRowGroupReader source, DataField field)
        => ParquetColumn.Read(source, field) ?? throw new AutoDimException($"column '{NameOf(field)}' of '{path}' holds {field.ClrType.Name}; write it as text or a number");

    private readonly struct RowText(ParquetColumn[] group, int row) : IRowText
    {
        public ReadOnlySpan<byte> this[int column] => group[column].Text(row);
    }
}

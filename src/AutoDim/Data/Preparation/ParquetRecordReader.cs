using System.Text;
using Parquet;
using Parquet.Schema;

namespace AutoDim.Data.Preparation;

/// <summary>Parquet, one row group in memory at a time.</summary>
internal sealed class ParquetRecordReader : IRecordReader
{
    private readonly string path;
    private readonly CellParser cells;
    private readonly BadRows bad;
    private readonly Action<long>? progress;
    private readonly FileStream stream;
    private readonly ParquetReader reader;
    private readonly DataField[] wanted;
    private readonly int fields, label = -1, splitKey = -1;
    private ParquetColumn[] group = [];
    private int groupIndex, row, rows;
    private long line;

    /// <param name="needsLabel">False where rows are only to be scored.</param>
    public ParquetRecordReader(string path, Schema schema, bool needsLabel, BadRows bad, Action<long>? progress)
    {
        this.path = path;
        this.bad = bad;
        this.progress = progress;
        cells = new CellParser(schema, needsLabel);
        (stream, reader) = OpenFile(path);
        try
        {
            var columns = reader.Schema.GetDataFields();
            List<DataField> found = [.. schema.Fields.Select(field => Find(columns, field.Column, $"field '{field.FullName}'"))];
            fields = found.Count;
            if (needsLabel || columns.Any(column => NameOf(column) == schema.Label.Column))
            {
                label = found.Count;
                found.Add(Find(columns, schema.Label.Column, "the label"));
            }

            if (needsLabel && schema.Split.By != "random")
            {
                splitKey = found.Count;
                found.Add(Find(columns, schema.Split.Column!, "the split"));
            }

            wanted = [.. found];
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
        while (chunk.Count < RecordChunk.Capacity && (row < rows || NextGroup()))
        {
            line++;
            if (ReadRow(chunk) is { } problem)
            {
                chunk.DropUnfinishedRow();
                bad.Report(path, line, problem, Encoding.UTF8.GetBytes(string.Join('\t', group.Select(column => Encoding.UTF8.GetString(column.Text(row))))));
            }
            else
            {
                chunk.Count++;
            }

            row++;
        }

        return chunk.Count > 0;
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
            return (stream, ParquetReader.CreateAsync(stream, new ParquetOptions { TreatByteArrayAsString = true }).GetAwaiter().GetResult());
        }
        catch (Exception exception)
        {
            stream?.Dispose();
            throw Unreadable(path, exception);
        }
    }

    /// <summary>Parquet.Net meets damage with whatever exception the damage leads to.</summary>
    private static AutoDimException Unreadable(string path, Exception exception) => new($"cannot read '{path}' as Parquet: {exception.Message}", exception);

    private static string NameOf(DataField field) => field.Path.FirstPart ?? field.Name;

    private DataField Find(DataField[] columns, string name, string what)
    {
        var found = Array.Find(columns, column => NameOf(column) == name)
            ?? throw new AutoDimException($"'{path}' has no column '{name}' for {what}; it has {string.Join(", ", columns.Take(60).Select(NameOf))}");
        return found.IsArray || found.MaxRepetitionLevel > 0
            ? throw new AutoDimException($"column '{name}' of '{path}' is a list; write it as separated text and make the field multi-valued")
            : found;
    }

    private string? ReadRow(RecordChunk chunk)
    {
        chunk.Labels[chunk.Count] = 0;
        if (label >= 0 && cells.ParseLabel(group[label].Text(row), out chunk.Labels[chunk.Count]) is { } wrongLabel) return wrongLabel;
        if (splitKey >= 0 && cells.ParseSplitKey(group[splitKey].Text(row), out chunk.SplitKeys[chunk.Count]) is { } wrongKey) return wrongKey;
        for (var m = 0; m < fields; m++)
        {
            if (cells.Parse(m, group[m].Text(row), chunk.Columns[m]) is { } problem) return problem;
        }

        return null;
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
}

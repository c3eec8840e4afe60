using System.Globalization;
using System.Text;
using Parquet;
using Parquet.Schema;

namespace AutoDim.Data.Preparation;

/// <summary>Parquet, one row group at a time. Values are read as their invariant text, as from a CSV file.</summary>
internal sealed class ParquetRecordReader : IRecordReader
{
    private readonly string path;
    private readonly Schema schema;
    private readonly CellParser cells;
    private readonly BadRows bad;
    private readonly Action<long>? progress;
    private readonly FileStream stream;
    private readonly ParquetReader reader;
    private readonly DataField[] columns;
    private readonly DataField? label, splitKey;
    private string?[][] group = [];
    private int groupIndex, row, rows;
    private long line;

    public ParquetRecordReader(string path, Schema schema, bool needsLabel, BadRows bad, Action<long>? progress)
    {
        this.path = path;
        this.schema = schema;
        this.bad = bad;
        this.progress = progress;
        cells = new CellParser(schema, needsLabel);
        try
        {
            stream = File.OpenRead(path);
            reader = ParquetReader.CreateAsync(stream).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new AutoDimException($"cannot read '{path}' as Parquet: {exception.Message}", exception);
        }

        var names = reader.Schema.GetDataFields();
        DataField Find(string name, string what) => Array.Find(names, field => field.Name == name)
            ?? throw new AutoDimException($"'{path}' has no column '{name}' for {what}; it has {string.Join(", ", names.Take(60).Select(field => field.Name))}");
        columns = [.. schema.Fields.Select(field => Find(field.Column, $"field '{field.FullName}'"))];
        label = needsLabel || names.Any(field => field.Name == schema.Label.Column) ? Find(schema.Label.Column, "the label") : null;
        splitKey = needsLabel && schema.Split.Column is { } key && schema.Split.By != "random" ? Find(key, "the split") : null;
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
                bad.Report(path, line, problem, Encoding.UTF8.GetBytes(string.Join('\t', group.Select(values => values[row]))));
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

    private string? ReadRow(RecordChunk chunk)
    {
        ReadOnlySpan<byte> Text(int column) => group[column][row] is { } text ? Encoding.UTF8.GetBytes(text) : [];
        chunk.Labels[chunk.Count] = 0;
        if (label != null && cells.ParseLabel(Text(columns.Length), out chunk.Labels[chunk.Count]) is { } wrongLabel) return wrongLabel;
        if (splitKey != null && cells.ParseSplitKey(Text(group.Length - 1), out chunk.SplitKeys[chunk.Count]) is { } wrongKey) return wrongKey;
        for (var m = 0; m < columns.Length; m++)
        {
            if (cells.Parse(m, Text(m), chunk.Columns[m]) is { } problem) return problem;
        }

        return null;
    }

    private bool NextGroup()
    {
        if (groupIndex >= reader.RowGroupCount) return false;
        using var source = reader.OpenRowGroupReader(groupIndex++);
        rows = checked((int)source.RowCount);
        row = 0;
        DataField[] wanted = [.. columns, .. label is null ? [] : new[] { label }, .. splitKey is null ? [] : new[] { splitKey }];
        group = [.. wanted.Select(field => ReadColumn(source, field))];
        progress?.Invoke(stream.Position);
        return rows > 0 || NextGroup();
    }

    private string?[] ReadColumn(ParquetRowGroupReader source, DataField field)
    {
        if (field.IsArray || field.MaxRepetitionLevel > 0)
        {
            throw new AutoDimException($"column '{field.Name}' of '{path}' is a list; write it as separated text and make the field multi-valued");
        }

        var type = field.ClrType;
        if (type == typeof(string))
        {
            var values = new string?[rows];
            source.ReadAsync(field, values.AsMemory()!).AsTask().GetAwaiter().GetResult();
            return values;
        }

        return type == typeof(int) ? Numbers<int>(source, field)
            : type == typeof(long) ? Numbers<long>(source, field)
            : type == typeof(short) ? Numbers<short>(source, field)
            : type == typeof(byte) ? Numbers<byte>(source, field)
            : type == typeof(uint) ? Numbers<uint>(source, field)
            : type == typeof(ulong) ? Numbers<ulong>(source, field)
            : type == typeof(double) ? Numbers<double>(source, field)
            : type == typeof(float) ? Numbers<float>(source, field)
            : type == typeof(bool) ? [.. Numbers<bool>(source, field).Select(text => text switch { "True" => "1", "False" => "0", _ => null })]
            : type == typeof(DateTime) ? Numbers<DateTime>(source, field)
            : throw new AutoDimException($"column '{field.Name}' of '{path}' holds {type.Name}; store it as text or a number");
    }

    private string?[] Numbers<T>(ParquetRowGroupReader source, DataField field)
        where T : struct
    {
        if (!field.IsNullable)
        {
            var values = new T[rows];
            source.ReadAsync(field, values.AsMemory()).AsTask().GetAwaiter().GetResult();
            return [.. values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))];
        }

        var optional = new T?[rows];
        source.ReadAsync(field, optional.AsMemory()).AsTask().GetAwaiter().GetResult();
        return [.. optional.Select(value => value is { } present ? Convert.ToString(present, CultureInfo.InvariantCulture) : null)];
    }
}

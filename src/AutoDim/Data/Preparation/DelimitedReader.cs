using System.Text;
using CsvHelper;

namespace AutoDim.Data.Preparation;

/// <summary>Delimited text: CSV, TSV and their like.</summary>
internal sealed class DelimitedReader : IRecordReader
{
    private readonly string path;
    private readonly Schema schema;
    private readonly CellParser cells;
    private readonly BadRows bad;
    private readonly Stream stream;
    private readonly CsvReader reader;
    private readonly int[] columns;
    private readonly int label, splitKey, width;

    public DelimitedReader(string path, Schema schema, bool needsLabel, BadRows bad, Action<long>? progress)
    {
        this.path = path;
        this.schema = schema;
        this.bad = bad;
        cells = new CellParser(schema, needsLabel);
        stream = InputFile.Open(path, progress);
        reader = CsvReader.Create(stream, Options(schema, path));
        var names = Guarded(() => schema.Header ? reader.Headers : [.. schema.Columns!]);
        width = names.Count;
        int Find(string name, string what)
        {
            for (var i = 0; i < names.Count; i++)
            {
                if (names[i].Trim() == name) return i;
            }

            throw new AutoDimException($"'{path}' has no column '{name}' for {what}; it has {string.Join(", ", names.Take(60))}");
        }

        columns = [.. schema.Fields.Select(field => Find(field.Column, $"field '{field.FullName}'"))];
        label = needsLabel || names.Any(name => name.Trim() == schema.Label.Column) ? Find(schema.Label.Column, "the label") : -1;
        splitKey = needsLabel && schema.Split.Column is { } key && schema.Split.By != "random" ? Find(key, "the split") : -1;
    }

    /// <summary>How CsvHelper reads files of a schema.</summary>
    public static CsvReaderOptions Options(Schema schema, string path)
    {
        char? separator = schema.Delimiter switch
        {
            "tab" => '\t',
            { } given => given[0],
            null => InputFile.PlainName(path).EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : null,
        };
        return new CsvReaderOptions
        {
            Separator = separator,
            HasHeader = schema.Header,
            Mode = schema.Quotes ? CsvMode.Rfc4180 : CsvMode.NoEscape,
            TrimWhitespace = true,
            WhitespaceCharacters = separator == '\t' ? " " : " \t",
            TrackLineNumbers = true,
            MaxRecordSize = 1 << 26,
            BufferSize = 1 << 20,
        };
    }

    public bool Read(RecordChunk chunk)
    {
        chunk.Clear();
        while (chunk.Count < RecordChunk.Capacity && Guarded(reader.Read))
        {
            if (ReadRow(chunk) is { } problem)
            {
                chunk.DropUnfinishedRow();
                bad.Report(path, reader.LineNumber, problem, reader.RawRecord);
            }
            else
            {
                chunk.Count++;
            }
        }

        return chunk.Count > 0;
    }

    public void Dispose()
    {
        reader.Dispose();
        stream.Dispose();
    }

    private string? ReadRow(RecordChunk chunk)
    {
        if (reader.FieldCount != width) return $"the row has {reader.FieldCount} values, expected {width}";
        var row = chunk.Count;
        chunk.Labels[row] = 0;
        if (label >= 0 && cells.ParseLabel(reader.GetSpan(label), out chunk.Labels[row]) is { } wrongLabel) return wrongLabel;
        if (splitKey >= 0 && cells.ParseSplitKey(reader.GetSpan(splitKey), out chunk.SplitKeys[row]) is { } wrongKey) return wrongKey;
        for (var m = 0; m < columns.Length; m++)
        {
            if (cells.Parse(m, reader.GetSpan(columns[m]), chunk.Columns[m]) is { } problem) return problem;
        }

        return null;
    }

    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (CsvFormatException exception)
        {
            throw new AutoDimException($"{path}: {exception.Message}; if quotes are plain characters there, set quotes: false", exception);
        }
    }
}

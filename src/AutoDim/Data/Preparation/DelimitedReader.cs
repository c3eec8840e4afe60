using CsvHelper;

namespace AutoDim.Data.Preparation;

/// <summary>Delimited text: CSV, TSV and their like.</summary>
internal sealed class DelimitedReader : IRecordReader
{
    private const int LargestRecord = 1 << 26;

    private readonly string path;
    private readonly CellParser cells;
    private readonly BadRows bad;
    private readonly CsvReader reader;
    private readonly int[] columns;
    private readonly int width;
    private readonly bool trims;
    private bool hasFirst;

    /// <param name="needsLabel">False where rows are only to be scored.</param>
    public DelimitedReader(string path, Schema schema, bool needsLabel, BadRows bad, Action<long>? progress)
    {
        this.path = path;
        this.bad = bad;
        trims = !schema.Quotes;
        reader = CsvReader.Create(InputFile.Open(path, progress), Options(schema, path));
        try
        {
            string[] names = schema.Columns != null ? [.. schema.Columns] : [.. reader.Headers.Select(name => name.Trim())];
            width = names.Length;
            hasFirst = schema is { Columns: not null, Header: true } && reader.Read() && !Repeats(names);
            cells = new CellParser(schema, needsLabel, needsLabel || names.Contains(schema.Label.Column));
            columns = [.. cells.Columns.Select(column => Find(names, column))];
        }
        catch (Exception exception)
        {
            reader.Dispose();
            if (exception is CsvFormatException malformed) throw Malformed(malformed);
            throw;
        }
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
            HasHeader = schema is { Header: true, Columns: null },
            Mode = schema.Quotes ? CsvMode.Rfc4180 : CsvMode.NoEscape,
            TrimWhitespace = schema.Quotes, // a blank may stand before a quote; without quotes it is quicker done here
            WhitespaceCharacters = separator == '\t' ? " " : " \t",
            TrackLineNumbers = true,
            MaxRecordSize = LargestRecord,
            BufferSize = 1 << 20,
            OnMalformedRecord = schema.Quotes ? record => RefuseOpenQuote(path, record) : null,
        };
    }

    public bool Read(RecordChunk chunk)
    {
        chunk.Clear();
        try
        {
            while (chunk.Count < RecordChunk.Capacity && (hasFirst || reader.Read()))
            {
                hasFirst = false;
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
        }
        catch (CsvFormatException exception)
        {
            throw Malformed(exception);
        }

        return chunk.Count > 0;
    }

    public void Dispose() => reader.Dispose();

    private int Find(string[] names, ColumnUse column)
    {
        var found = Array.IndexOf(names, column.Name);
        if (found < 0) throw new AutoDimException($"'{path}' has no column '{column.Name}' for {column.Purpose}; it has {string.Join(", ", names.Take(60))}");
        return Array.LastIndexOf(names, column.Name) == found ? found : throw new AutoDimException($"'{path}' has two columns '{column.Name}', so that {column.Purpose} is not clear; rename one");
    }

    /// <summary>Whether the row names the columns; of files with given columns, some begin with such a line and some do not.</summary>
    private bool Repeats(string[] names) => Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetString(i).Trim()).SequenceEqual(names);

    private string? ReadRow(RecordChunk chunk)
        => reader.FieldCount == width ? cells.ParseRow(new RowText(this), chunk) : $"the row has {reader.FieldCount} values, expected {width}";

    private ReadOnlySpan<byte> Text(int column)
    {
        var text = reader.GetSpan(column);
        return trims && text.Length > 0 && (text[0] is (byte)' ' or (byte)'\t' || text[^1] is (byte)' ' or (byte)'\t') ? text.Trim(" \t"u8) : text;
    }

    /// <summary>A quote that is never closed takes all rows after it for one value; no policy may drop so many unseen.</summary>
    private static void RefuseOpenQuote(string path, CsvMalformedRecord record)
    {
        if (record.Reason != CsvMalformedReason.UnterminatedQuote) return;
        throw new AutoDimException($"{path}, line {record.LineNumber}: a quote is opened and never closed; close it, or set quotes: false in the schema if quotes are plain characters there");
    }

    private AutoDimException Malformed(CsvFormatException exception)
        => new($"{path}, line {exception.LineNumber}: {exception.Message}; if quotes are plain characters there, set quotes: false in the schema", exception);

    private readonly struct RowText(DelimitedReader owner) : IRowText
    {
        public ReadOnlySpan<byte> this[int column] => owner.Text(owner.columns[column]);
    }
}

using CsvHelper;

namespace AutoDim.Data.Preparation;

/// <summary>Rows of delimited text of any kind, in which quotes may enclose values, by CsvHelper.</summary>
/// <param name="trims">Whether CsvHelper leaves blanks around values.</param>
internal sealed class QuotedRows(string path, CsvReader reader, CellParser cells, int width, int[] columns, bool trims, long linesBefore) : IDisposable
{
    /// <summary>Fills the chunk; false where no row is left.</summary>
    public bool Read(RecordChunk chunk)
    {
        try
        {
            while (chunk.Taken < RecordChunk.Capacity && reader.Read())
            {
                var problem = reader.FieldCount == width ? cells.ParseRow(new Row(reader, columns, trims), chunk) : $"the row has {reader.FieldCount} values, expected {width}";
                chunk.EndRow(problem, linesBefore + reader.LineNumber, reader.RawRecord);
            }
        }
        catch (CsvFormatException exception)
        {
            throw Malformed(path, linesBefore, exception);
        }

        return chunk.Taken > 0;
    }

    public void Dispose() => reader.Dispose();

    /// <summary>How CsvHelper reads files of a schema.</summary>
    /// <param name="separator">The one found; null: the schema's, or what CsvHelper finds.</param>
    /// <param name="linesBefore">Lines of the file before those that are read.</param>
    public static CsvReaderOptions Options(Schema schema, string path, char? separator = null, long linesBefore = 0)
    {
        separator ??= schema.Delimiter switch
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
            MaxRecordSize = DelimitedReader.LargestRecord,
            BufferSize = 1 << 20,
            OnMalformedRecord = schema.Quotes ? record => RefuseOpenQuote(path, linesBefore, record) : null,
        };
    }

    public static AutoDimException Malformed(string path, long linesBefore, CsvFormatException exception)
        => new($"{path}, line {linesBefore + exception.LineNumber}: {exception.Message}; if quotes are plain characters there, set quotes: false in the schema", exception);

    /// <summary>A quote that is never closed takes all rows after it for one value; no policy may drop so many unseen.</summary>
    private static void RefuseOpenQuote(string path, long linesBefore, CsvMalformedRecord record)
    {
        if (record.Reason != CsvMalformedReason.UnterminatedQuote) return;
        throw new AutoDimException($"{path}, line {linesBefore + record.LineNumber}: a quote is opened and never closed; close it, or set quotes: false in the schema if quotes are plain characters there");
    }

    private readonly struct Row(CsvReader reader, int[] columns, bool trims) : IRowText
    {
        public ReadOnlySpan<byte> this[int column]
        {
            get
            {
                var cell = reader.GetSpan(columns[column]);
                return trims ? cell.Trim(" \t"u8) : cell;
            }
        }
    }
}

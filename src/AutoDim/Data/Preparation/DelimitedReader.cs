using CsvHelper;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Delimited text: CSV, TSV and their like. Plain text is cut into lines here and parsed by any thread; from the first quote on, CsvHelper
/// reads and this thread parses.
/// </summary>
internal sealed class DelimitedReader : IRecordReader
{
    public const int LargestRecord = 1 << 26;

    private readonly string path;
    private readonly Schema schema;
    private readonly CellParser cells;
    private readonly int[] columns;
    private readonly int width;
    private readonly char separator;
    private readonly PlainParser parser;
    private readonly PlainLines lines;
    private bool skipsFirst;
    private QuotedRows? quoted;

    /// <param name="needsLabel">False where rows are only to be scored.</param>
    /// <param name="range">What is read of the file; its columns are named at its begin.</param>
    public DelimitedReader(string path, Schema schema, bool needsLabel, Action<long>? progress, TextRange range = default)
    {
        this.path = path;
        this.schema = schema;
        string[] names;
        (names, separator, skipsFirst) = Begin(path, schema);
        skipsFirst &= range.Start == 0;
        width = names.Length;
        cells = new CellParser(schema, needsLabel, needsLabel || names.Contains(schema.Label.Column));
        columns = [.. cells.Columns.Select(column => Find(names, column))];
        parser = new PlainParser(cells, (byte)separator, width, columns, skipsBlank: schema.Quotes);
        lines = new PlainLines(InputFile.Open(path, progress, range), schema.Quotes, range);
    }

    public bool Read(RecordChunk chunk)
    {
        chunk.Clear();
        SkipFirst();
        if (lines.Read(chunk.Text, RecordChunk.Capacity)) return true;
        if (lines.IsPlain) return false;
        quoted ??= ReadRest();
        return quoted.Read(chunk);
    }

    public void Parse(RecordChunk chunk) => parser.Parse(chunk);

    public void Dispose()
    {
        quoted?.Dispose();
        lines.Dispose();
    }

    /// <summary>What CsvHelper makes of the text's begin: the columns' names, the separator, and whether the first row names the columns.</summary>
    private static (string[] Names, char Separator, bool NamesFirst) Begin(string path, Schema schema)
    {
        using var reader = CsvReader.Create(InputFile.Open(path), QuotedRows.Options(schema, path));
        try
        {
            if (schema.Columns == null) return ([.. reader.Headers.Select(name => name.Trim())], reader.Separator, true);
            string[] names = [.. schema.Columns];
            return (names, reader.Separator, schema.Header && reader.Read() && Repeats(names, reader));
        }
        catch (CsvFormatException exception)
        {
            throw QuotedRows.Malformed(path, 0, exception);
        }
    }

    /// <summary>Whether the row names the columns; of files with given columns, some begin with such a line and some do not.</summary>
    private static bool Repeats(string[] names, CsvReader reader) => Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetString(i).Trim()).SequenceEqual(names);

    private int Find(string[] names, ColumnUse column)
    {
        var found = Array.IndexOf(names, column.Name);
        if (found < 0) throw new AutoDimException($"'{path}' has no column '{column.Name}' for {column.Purpose}; it has {string.Join(", ", names.Take(60))}");
        return Array.LastIndexOf(names, column.Name) == found ? found : throw new AutoDimException($"'{path}' has two columns '{column.Name}', so that {column.Purpose} is not clear; rename one");
    }

    /// <summary>Passes over the row that names the columns, where it is plain.</summary>
    private void SkipFirst()
    {
        var line = new TextBlock();
        while (skipsFirst && lines.Read(line, 1)) skipsFirst = parser.IsEmpty(line.Text);
    }

    private QuotedRows ReadRest()
    {
        var reader = CsvReader.Create(lines.Rest, QuotedRows.Options(schema with { Header = false }, path, separator, lines.LinesBeforeRest));
        if (skipsFirst) reader.Read();
        return new QuotedRows(path, reader, cells, width, columns, trims: !schema.Quotes, lines.LinesBeforeRest);
    }
}

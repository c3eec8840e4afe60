using System.Globalization;
using System.Text;
using CsvHelper;

namespace AutoDim.Data.Preparation;

/// <summary>A first schema for a delimited file with a header, or for columns in memory, from the first rows; meant to be read and corrected.</summary>
public static class SchemaGuess
{
    private const int RowsRead = 20_000;
    private const int NumericFrom = 40;
    private const int NoiseFrom = 100;
    private const int RareFrom = 5_000;

    /// <summary>What logs write, beside nothing, where there is no value.</summary>
    private static readonly string[] MissingTexts = ["?", "NA", "N/A", "NULL", "null", "NaN", "nan", "\\N"];

    /// <param name="label">The column that says whether something was clicked.</param>
    /// <exception cref="AutoDimException">The file cannot be read or has no such column.</exception>
    public static Schema Of(string path, string label)
    {
        if (path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase)) throw new AutoDimException($"'{path}' is Parquet; a schema is guessed from delimited text only, so write it by hand: docs/data.md");
        using var reader = CsvReader.Create(InputFile.Open(path), QuotedRows.Options(new Schema(), path));
        try
        {
            return Of(reader, path, label);
        }
        catch (CsvFormatException exception)
        {
            throw new AutoDimException($"{path}, line {exception.LineNumber}: {exception.Message}", exception);
        }
    }

    /// <summary>Likewise of columns in memory.</summary>
    /// <exception cref="AutoDimException">There is no such column, or no rows.</exception>
    public static Schema Of(IReadOnlyList<RawColumn> columns, string label)
    {
        var seen = new Evidence[columns.Count];
        var rows = columns.Count == 0 ? 0 : Math.Min(columns.Min(column => column.Count), RowsRead);
        for (var i = 0; i < seen.Length; i++)
        {
            seen[i] = new Evidence();
            for (var row = 0; row < rows; row++) seen[i].See(Encoding.UTF8.GetString(columns[i][row]));
        }

        return Of([.. columns.Select(column => column.Name)], seen, rows, ColumnsReader.Source, label);
    }

    private static Schema Of(CsvReader reader, string path, string label)
    {
        string[] names = [.. reader.Headers.Select(name => name.Trim())];
        Evidence[] columns = [.. names.Select(_ => new Evidence())];
        var rows = 0;
        for (; rows < RowsRead && reader.Read(); rows++)
        {
            for (var i = 0; i < Math.Min(names.Length, reader.FieldCount); i++) columns[i].See(reader.GetString(i));
        }

        return Of(names, columns, rows, $"'{path}'", label) with { Delimiter = reader.Separator == '\t' ? "tab" : reader.Separator.ToString() };
    }

    /// <param name="source">What errors call the place that rows are from.</param>
    private static Schema Of(string[] names, Evidence[] columns, int rows, string source, string label)
    {
        var labelAt = Array.IndexOf(names, label);
        if (labelAt < 0) throw new AutoDimException($"{(label.Length == 0 ? $"which column of {source} says whether something was clicked? name it with --label" : $"{source} has no column '{label}'")}; it has {string.Join(", ", names.Take(60))}");
        if (rows == 0) throw new AutoDimException($"{source} has a header but no rows");
        var labels = columns[labelAt].Values.Where(pair => pair.Key.Length > 0).ToArray();
        if (labels.Length == 0) throw new AutoDimException($"column '{label}' of {source} is empty in the first {rows} rows; name the label's column");
        bool IsNoise(int i) => rows > NoiseFrom && columns[i].Values.Count == rows && !columns[i].IsMeasured;
        return new Schema
        {
            MinCount = rows > RareFrom ? 2 : 1,
            Missing = [.. MissingTexts.Where(text => Enumerable.Range(0, names.Length).Any(i => i != labelAt && columns[i].Values.ContainsKey(text)))],
            Label = labels.All(pair => pair.Key is "0" or "1" or "-1") ? new LabelSchema { Column = label } : new LabelSchema { Column = label, Positive = labels.MinBy(pair => pair.Value).Key },
            Fields = [.. Enumerable.Range(0, names.Length).Where(i => i != labelAt && !IsNoise(i)).Select(i => columns[i].ToField(names[i]))],
            Ignore = [.. Enumerable.Range(0, names.Length).Where(i => i != labelAt && IsNoise(i)).Select(i => names[i])],
        };
    }

    /// <summary>What was seen of a column.</summary>
    private sealed class Evidence
    {
        private int present, listed;
        private bool isNumeric = true, isWhole = true;

        public Dictionary<string, int> Values { get; } = [];

        /// <summary>Numbers with fractions; whole numbers that never repeat are rather ids.</summary>
        public bool IsMeasured => isNumeric && !isWhole;

        public void See(string text)
        {
            Values[text] = Values.GetValueOrDefault(text) + 1;
            if (text.Length == 0 || MissingTexts.Contains(text)) return;
            present++;
            if (text.Contains(',', StringComparison.Ordinal)) listed++;
            isNumeric &= double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
            isWhole &= number == Math.Floor(number);
        }

        public FieldSchema ToField(string name) => new()
        {
            Column = name,
            Kind = isNumeric && Values.Count >= NumericFrom ? FieldKind.Numeric : 2 * listed > present ? FieldKind.Multi : FieldKind.Categorical,
        };
    }
}

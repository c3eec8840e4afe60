using System.Globalization;
using CsvHelper;

namespace AutoDim.Data.Preparation;

/// <summary>A first schema for a delimited file, from its first rows; meant to be read and corrected.</summary>
public static class SchemaGuess
{
    private const int RowsRead = 20_000;
    private const int NumericFrom = 40;

    /// <exception cref="AutoDimException">The file cannot be read or has no such column.</exception>
    public static Schema Of(string path, string label)
    {
        var draft = new Schema();
        using var stream = InputFile.Open(path);
        using var reader = CsvReader.Create(stream, DelimitedReader.Options(draft, path));
        string[] names = [.. reader.Headers];
        if (!names.Contains(label)) throw new AutoDimException($"'{path}' has no column '{label}'; it has {string.Join(", ", names.Take(60))}");
        Evidence[] columns = [.. names.Select(_ => new Evidence())];
        var rows = 0;
        for (; rows < RowsRead && reader.Read(); rows++)
        {
            for (var i = 0; i < Math.Min(names.Length, reader.FieldCount); i++) columns[i].See(reader.GetString(i));
        }

        if (rows == 0) throw new AutoDimException($"'{path}' has a header but no rows");
        var labels = columns[Array.IndexOf(names, label)].Values;
        bool IsNoise(int i) => columns[i].Values.Count == rows && rows > 100 && !columns[i].IsNumeric;
        return new Schema
        {
            Delimiter = reader.Separator == '\t' ? "tab" : reader.Separator.ToString(),
            MinCount = rows > 5000 ? 2 : 1,
            Label = labels.Keys.All(text => text is "0" or "1" or "-1") ? new LabelSchema { Column = label } : new LabelSchema { Column = label, Positive = labels.MinBy(pair => pair.Value).Key },
            Fields = [.. names.Select((name, i) => (name, i)).Where(item => item.name != label && !IsNoise(item.i)).Select(item => columns[item.i].ToField(item.name))],
            Ignore = [.. names.Where((name, i) => name != label && IsNoise(i))],
        };
    }

    private sealed class Evidence
    {
        private int present, listed;

        public Dictionary<string, int> Values { get; } = [];

        public bool IsNumeric { get; private set; } = true;

        public void See(string text)
        {
            Values[text] = Values.GetValueOrDefault(text) + 1;
            if (text.Length == 0) return;
            present++;
            if (text.Contains(',', StringComparison.Ordinal)) listed++;
            IsNumeric &= double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        }

        public FieldSchema ToField(string name) => new()
        {
            Column = name,
            Kind = IsNumeric && Values.Count >= NumericFrom ? FieldKind.Numeric : 2 * listed > present && present > 0 ? FieldKind.Multi : FieldKind.Categorical,
        };
    }
}

using System.Globalization;
using System.Text;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>Turns the text of a row's columns into cells, labels and split keys, for every format alike.</summary>
internal sealed class CellParser
{
    private readonly Schema schema;
    private readonly bool needsLabel;
    private readonly HashSet<ulong> missing;
    private readonly ulong? positive, negative;
    private readonly byte[] separators;

    /// <param name="needsLabel">False where rows are only to be scored: a file without labels will do.</param>
    public CellParser(Schema schema, bool needsLabel)
    {
        this.schema = schema;
        this.needsLabel = needsLabel;
        missing = [.. schema.Missing.Select(Print)];
        positive = schema.Label.Positive is { } yes ? Print(yes) : null;
        negative = schema.Label.Negative is { } no ? Print(no) : null;
        separators = [.. schema.Fields.Select(field => (byte)field.Separator[0])];
    }

    private static ulong Print(string text) => Fingerprint.Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Parses a field's cell onto its column; null, or what is wrong.</summary>
    public string? Parse(int field, ReadOnlySpan<byte> text, CellColumn column)
    {
        var description = schema.Fields[field];
        switch (description.Kind)
        {
            case FieldKind.Multi:
                ParseValues(text, separators[field], column);
                return null;
            case FieldKind.Numeric:
                if (IsMissing(text)) column.Values.Add(CellColumn.Missing);
                else if (TryNumber(text, out var number)) column.Values.Add(BitConverter.DoubleToUInt64Bits(number));
                else return $"column '{description.Column}' is '{Encoding.UTF8.GetString(text)}', not a number";
                return null;
            default:
                column.Values.Add(text.IsEmpty ? CellColumn.Missing : Known(Fingerprint.Of(text)));
                return null;
        }
    }

    /// <summary>Parses the label; null, or what is wrong.</summary>
    public string? ParseLabel(ReadOnlySpan<byte> text, out float label)
    {
        label = 0;
        if (positive is { } yes)
        {
            var print = Fingerprint.Of(text);
            if (print == yes) label = 1;
            else if (text.IsEmpty || (negative is { } no && print != no)) return Wrong(text, $"'{schema.Label.Positive}'{(schema.Label.Negative is { } other ? $" or '{other}'" : "")}");
            return null;
        }

        if (TryNumber(text, out var number) && number is 0 or 1 or -1)
        {
            label = number == 1 ? 1 : 0;
            return null;
        }

        return needsLabel ? Wrong(text, "1 or 0; name the text that means a click with label: positive") : null;
    }

    /// <summary>A number that decides a row's split: uniform in [0, 1) of a key, or a time; null, or what is wrong.</summary>
    public string? ParseSplitKey(ReadOnlySpan<byte> text, out double key)
    {
        key = 0;
        if (schema.Split.By == "key")
        {
            key = new CounterRandom(schema.Split.Seed, 0x6B6579).Uniform((long)Fingerprint.Of(text));
            return null;
        }

        if (TryNumber(text, out key)) return null;
        if (DateTime.TryParse(Encoding.UTF8.GetString(text), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var time))
        {
            key = time.Ticks;
            return null;
        }

        return $"column '{schema.Split.Column}' is '{Encoding.UTF8.GetString(text)}', neither a number nor a date";
    }

    private string Wrong(ReadOnlySpan<byte> text, string expected) => $"label column '{schema.Label.Column}' is '{Encoding.UTF8.GetString(text)}', expected {expected}";

    private static bool TryNumber(ReadOnlySpan<byte> text, out double number)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private bool IsMissing(ReadOnlySpan<byte> text) => text.IsEmpty || (missing.Count > 0 && missing.Contains(Fingerprint.Of(text)));

    private ulong Known(ulong print) => missing.Count > 0 && missing.Contains(print) ? CellColumn.Missing : print;

    private void ParseValues(ReadOnlySpan<byte> text, byte separator, CellColumn column)
    {
        if (!IsMissing(text))
        {
            foreach (var range in text.Split(separator))
            {
                var value = text[range].Trim((byte)' ');
                if (!value.IsEmpty) column.Values.Add(Known(Fingerprint.Of(value)));
            }
        }

        column.EndRow();
    }
}

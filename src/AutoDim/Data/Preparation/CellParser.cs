using System.Buffers.Text;
using System.Globalization;
using System.Text;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>Turns the text of a row's columns into cells, labels and split keys, for every format alike.</summary>
internal sealed class CellParser
{
    private const int ExactDigits = 15;

    private readonly Schema schema;
    private readonly bool needsLabel;
    private readonly FieldSchema[] fields;
    private readonly HashSet<ulong> missing;
    private readonly ulong? positive, negative;
    private readonly CounterRandom keys;

    /// <param name="needsLabel">False where rows are only to be scored: a file without labels, or with others, will do.</param>
    public CellParser(Schema schema, bool needsLabel)
    {
        this.schema = schema;
        this.needsLabel = needsLabel;
        fields = [.. schema.Fields];
        missing = [.. schema.Missing.Select(Print)];
        positive = schema.Label.Positive is { } yes ? Print(yes) : null;
        negative = schema.Label.Negative is { } no ? Print(no) : null;
        keys = new CounterRandom(schema.Split.Seed, 0x6B6579);
    }

    private static ulong Print(string text) => Fingerprint.Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Parses a field's cell onto its column; null, or what is wrong.</summary>
    public string? Parse(int field, ReadOnlySpan<byte> text, CellColumn column)
    {
        switch (fields[field].Kind)
        {
            case FieldKind.Multi:
                ParseValues(text, (byte)fields[field].Separator[0], column);
                return null;
            case FieldKind.Numeric:
                if (IsMissing(text)) column.Add(CellColumn.Missing);
                else if (TryNumber(text, out var number)) column.Add(BitConverter.DoubleToUInt64Bits(number));
                else return $"column '{fields[field].Column}' is '{Encoding.UTF8.GetString(text)}', not a number; name texts that stand for a missing value with missing";
                return null;
            default:
                column.Add(text.IsEmpty ? CellColumn.Missing : Known(Fingerprint.Of(text)));
                return null;
        }
    }

    /// <summary>Parses the label; null, or what is wrong.</summary>
    public string? ParseLabel(ReadOnlySpan<byte> text, out float label)
    {
        if (positive is { } yes)
        {
            var print = Fingerprint.Of(text);
            label = print == yes ? 1 : 0;
            return !needsLabel || print == yes || (!text.IsEmpty && (negative is not { } no || print == no)) ? null
                : Wrong(text, $"'{schema.Label.Positive}'{(schema.Label.Negative is { } other ? $" or '{other}'" : " or another text")}");
        }

        var isNumber = TryNumber(text, out var number);
        label = isNumber && number == 1 ? 1 : 0;
        return !needsLabel || (isNumber && number is 0 or 1 or -1) ? null : Wrong(text, "1 or 0; name the text that means a click with label: positive");
    }

    /// <summary>A number that decides a row's split: uniform in [0, 1) of a key, or a time; null, or what is wrong.</summary>
    public string? ParseSplitKey(ReadOnlySpan<byte> text, out double key)
    {
        if (schema.Split.By == "key")
        {
            key = keys.Uniform((long)Fingerprint.Of(text));
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

    /// <summary>Most numbers of click logs are short and whole, which is quicker to read and as exact.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> text, out double number)
    {
        if (text.Length <= ExactDigits && Utf8Parser.TryParse(text, out long whole, out var used) && used == text.Length)
        {
            number = whole;
            return true;
        }

        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) || !double.IsFinite(number)) return false;
        number += 0.0; // -0 is 0
        return true;
    }

    private bool IsMissing(ReadOnlySpan<byte> text) => text.IsEmpty || (missing.Count > 0 && missing.Contains(Fingerprint.Of(text)));

    private ulong Known(ulong print) => missing.Count > 0 && missing.Contains(print) ? CellColumn.Missing : print;

    private void ParseValues(ReadOnlySpan<byte> text, byte separator, CellColumn column)
    {
        if (!IsMissing(text))
        {
            foreach (var range in text.Split(separator))
            {
                var value = text[range].Trim((byte)' ');
                if (!value.IsEmpty) column.Add(Known(Fingerprint.Of(value)));
            }
        }

        column.EndRow();
    }
}

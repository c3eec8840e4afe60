using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>Turns the text of a row's columns into cells, labels, split keys and behaviours, for every format alike.</summary>
internal sealed class CellParser
{
    private const int ExactDigits = 15;

    private readonly Schema schema;
    private readonly bool needsLabel;
    private readonly FieldSchema[] fields;
    private readonly bool[] logSquares;
    private readonly HashSet<ulong>? missing; // null: none but the empty text
    private readonly ulong? positive, negative;
    private readonly CounterRandom keys;
    private readonly List<ColumnUse> columns = [];
    private readonly int label = -1, splitKey = -1;
    private readonly int[] lists, owners, times;

    /// <param name="needsLabel">False where rows are only to be scored: a file without labels, or with others, will do.</param>
    /// <param name="hasLabel">Whether there is a column of labels.</param>
    public CellParser(Schema schema, bool needsLabel, bool hasLabel = true)
    {
        this.schema = schema;
        this.needsLabel = needsLabel;
        fields = [.. schema.Fields];
        logSquares = [.. fields.Select(field => field.Hash == null && field.Buckets?.Rule == BucketSchema.LogSquare)];
        foreach (var field in fields) Use(field.Column, $"field '{field.FullName}'");
        if (hasLabel) label = Use(schema.Label.Column, "the label");
        if (needsLabel && schema.Split.By != "random") splitKey = Use(schema.Split.Column!, "the split");
        lists = [.. schema.Sequences.Select(sequence => sequence.Column == null ? -1 : Use(sequence.Column, $"sequence '{sequence.Name}'"))];
        owners = [.. schema.Sequences.Select(sequence => sequence.By == null ? -1 : Use(sequence.By, $"sequence '{sequence.Name}'"))];
        times = [.. schema.Sequences.Select(sequence => sequence.Time == null ? -1 : Use(sequence.Time, $"sequence '{sequence.Name}'"))];
        missing = schema.Missing.Count > 0 ? [.. schema.Missing.Select(Print)] : null;
        positive = schema.Label.Positive is { } yes ? Print(yes) : null;
        negative = schema.Label.Negative is { } no ? Print(no) : null;
        keys = new CounterRandom(schema.Split.Seed, 0x6B6579);
    }

    /// <summary>The columns that rows are asked for, and what for.</summary>
    public IReadOnlyList<ColumnUse> Columns => columns;

    /// <summary>Parses a row onto the end of a chunk, whose count is the caller's to raise; null, or what is wrong.</summary>
    public string? ParseRow<TRow>(TRow text, RecordChunk chunk)
        where TRow : struct, IRowText, allows ref struct
    {
        var row = chunk.Count;
        chunk.Labels[row] = 0;
        if (label >= 0 && ParseLabel(text[label], out chunk.Labels[row]) is { } wrongLabel) return wrongLabel;
        if (splitKey >= 0 && ParseSplitKey(text[splitKey], out chunk.SplitKeys[row]) is { } wrongKey) return wrongKey;
        for (var m = 0; m < fields.Length; m++)
        {
            if (Parse(m, text[m], chunk.Columns[m]) is { } wrongCell) return wrongCell;
        }

        for (var s = 0; s < lists.Length; s++)
        {
            if (chunk.Lists[s] is { } list) ParseList(s, text[lists[s]], list);
            if (chunk.Keys[s] is not { } behaviour) continue;
            behaviour.Owners[row] = ParseText(text[owners[s]]);
            if (ParseTime(text[times[s]], schema.Sequences[s].Time!, out behaviour.Times[row]) is { } wrongTime) return wrongTime;
        }

        return null;
    }

    private int Use(string column, string purpose)
    {
        columns.Add(new ColumnUse(column, purpose));
        return columns.Count - 1;
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
                else if (TryNumber(text, out var number)) column.Add(BitConverter.DoubleToUInt64Bits(logSquares[field] ? LogSquare.Of(number) : number));
                else return $"column '{fields[field].Column}' is '{Encoding.UTF8.GetString(text)}', not a number; name texts that stand for a missing value with missing";
                return null;
            default:
                column.Add(ParseText(text), text);
                return null;
        }
    }

    /// <summary>Parses the list of a sequence onto its column.</summary>
    public void ParseList(int sequence, ReadOnlySpan<byte> text, CellColumn column) => ParseValues(text, (byte)schema.Sequences[sequence].Separator[0], column);

    /// <summary>Adds one value of a list, whose row is the caller's to end; blanks around it do not count, and nor does an empty text.</summary>
    public void AddValue(ReadOnlySpan<byte> text, CellColumn column)
    {
        var value = text.Trim((byte)' ');
        if (!value.IsEmpty) column.Add(Known(Fingerprint.Of(value)), value);
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
        if (schema.Label.AtLeast is { } least)
        {
            label = isNumber && number >= least ? 1 : 0;
            return !needsLabel || isNumber ? null : Wrong(text, "a number");
        }

        label = isNumber && number == 1 ? 1 : 0;
        return !needsLabel || (isNumber && number is 0 or 1 or -1) ? null : Wrong(text, "1 or 0; name the text that means a click with label: positive, or the least number with atLeast");
    }

    /// <summary>A number that decides a row's split: uniform in [0, 1) of a key, or a time; null, or what is wrong.</summary>
    public string? ParseSplitKey(ReadOnlySpan<byte> text, out double key)
    {
        if (schema.Split.By == "key")
        {
            key = keys.Uniform((long)Fingerprint.Of(text));
            return null;
        }

        return ParseTime(text, schema.Split.Column!, out key);
    }

    private static string? ParseTime(ReadOnlySpan<byte> text, string column, out double time)
    {
        if (TryNumber(text, out time)) return null;
        if (DateTime.TryParse(Encoding.UTF8.GetString(text), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var date))
        {
            time = date.Ticks;
            return null;
        }

        return $"column '{column}' is '{Encoding.UTF8.GetString(text)}', neither a number nor a date";
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong ParseText(ReadOnlySpan<byte> text) => text.IsEmpty ? CellColumn.Missing : Known(Fingerprint.Of(text));

    private string Wrong(ReadOnlySpan<byte> text, string expected) => $"label column '{schema.Label.Column}' is '{Encoding.UTF8.GetString(text)}', expected {expected}";

    /// <summary>Most numbers of click logs are short and whole, which is quicker to read and as exact.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> text, out double number)
    {
        if (TryWhole(text, out number)) return true;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) || !double.IsFinite(number)) return false;
        number += 0.0; // -0 is 0
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryWhole(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        if (text.IsEmpty || text.Length > ExactDigits) return false;
        var sign = text[0] == '-' ? 1 : 0;
        if (sign == text.Length) return false;
        var whole = 0L;
        foreach (var character in text[sign..])
        {
            var digit = (uint)(character - '0');
            if (digit > 9) return false;
            whole = (10 * whole) + digit;
        }

        number = sign == 1 ? -whole : whole;
        return true;
    }

    private bool IsMissing(ReadOnlySpan<byte> text) => text.IsEmpty || (missing != null && missing.Contains(Fingerprint.Of(text)));

    private ulong Known(ulong print) => missing != null && missing.Contains(print) ? CellColumn.Missing : print;

    private void ParseValues(ReadOnlySpan<byte> text, byte separator, CellColumn column)
    {
        if (!IsMissing(text))
        {
            foreach (var range in text.Split(separator)) AddValue(text[range], column);
        }

        column.EndRow();
    }
}

/// <summary>A column that a schema uses.</summary>
/// <param name="Purpose">What for, as errors say it.</param>
internal readonly record struct ColumnUse(string Name, string Purpose);

/// <summary>The text of a row, by the position of a column in <see cref="CellParser.Columns"/>; good until the next is asked for.</summary>
internal interface IRowText
{
    ReadOnlySpan<byte> this[int column] { get; }
}

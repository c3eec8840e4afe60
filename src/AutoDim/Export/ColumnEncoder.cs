using System.Buffers.Text;
using System.Text;
using AutoDim.Data.Preparation;

namespace AutoDim.Export;

/// <summary>Gives the raw values of one field or sequence their table rows. Any number of threads, each with a column of its own.</summary>
/// <param name="name">As requests and errors call it.</param>
/// <param name="mostValues">Of a list, of which the last ones are kept.</param>
internal abstract class ColumnEncoder(string name, int mostValues)
{
    public string Name => name;

    protected int MostValues => mostValues;

    /// <summary>What its values are, in words.</summary>
    public abstract string Expected { get; }

    /// <summary>Whether values that training did not have share a row of their own.</summary>
    public abstract bool HasUnseenRow { get; }

    /// <summary>Whether values are numbers; null where they are ids.</summary>
    public abstract FieldKind? Kind { get; }

    /// <summary>Encodes a whole cell as it stands in a log; the empty text is a missing value. Null, or what is wrong.</summary>
    public abstract string? Encode(ReadOnlySpan<byte> text, EncodedColumn target);

    /// <summary>Adds one value of a list that is given value by value. Null, or what is wrong.</summary>
    public abstract string? AddValue(ReadOnlySpan<byte> text, EncodedColumn target);

    /// <summary>Ends that list.</summary>
    public abstract void EndList(EncodedColumn target);
}

/// <summary>Values that a schema and a vocabulary tell how to read.</summary>
/// <param name="field">Position among the schema's fields, or of a sequence among its sequences.</param>
internal sealed class TextEncoder(string name, int mostValues, CellParser parser, FieldSchema schema, FieldEncoder encoder, int field, bool isSequence) : ColumnEncoder(name, mostValues)
{
    public override bool HasUnseenRow => true;

    public override FieldKind? Kind => isSequence ? FieldKind.Multi : schema.Kind;

    public override string Expected => isSequence || schema.Kind == FieldKind.Multi ? "an array of texts or numbers, or the text of the log's cell" : schema.Kind == FieldKind.Numeric ? "a number" : "a text or a number";

    public override string? Encode(ReadOnlySpan<byte> text, EncodedColumn target)
    {
        if (isSequence) parser.ParseList(field, text, target.Cells);
        else if (parser.Parse(field, text, target.Cells) != null) return $"'{Encoding.UTF8.GetString(text)}' is not a number"; // all else can be read
        target.AddCells(encoder, MostValues);
        return null;
    }

    public override string? AddValue(ReadOnlySpan<byte> text, EncodedColumn target)
    {
        parser.AddValue(text, target.Cells);
        return null;
    }

    public override void EndList(EncodedColumn target)
    {
        target.Cells.EndRow();
        target.AddCells(encoder, MostValues);
    }
}

/// <summary>Values that are ids already, in a range of their own.</summary>
/// <param name="last">Inclusive.</param>
/// <param name="encoder">Gives ids their rows; null: they are rows.</param>
internal sealed class IdEncoder(string name, int mostValues, bool multiValued, long first, long last, FieldEncoder? encoder = null) : ColumnEncoder(name, mostValues)
{
    /// <summary>The first id and the last.</summary>
    public (long First, long Last) Range => (first, last);

    public override bool HasUnseenRow => encoder != null && encoder.Rows != last - first + 1; // rare ids share a row

    public override FieldKind? Kind => null;

    public override string Expected => multiValued ? $"an array of ids, {first} to {last}" : $"an id, {first} to {last}";

    public override string? Encode(ReadOnlySpan<byte> text, EncodedColumn target)
    {
        if (multiValued)
        {
            if (!text.IsEmpty) return $"expected {Expected}";
            target.EndCell();
            return null;
        }

        return text.IsEmpty ? $"has no value, and ids know no missing one; give {Expected}" : AddValue(text, target);
    }

    public override string? AddValue(ReadOnlySpan<byte> text, EncodedColumn target)
    {
        if (!Utf8Parser.TryParse(text, out long id, out var used) || used != text.Length) return $"'{Encoding.UTF8.GetString(text)}' is no id; give {Expected}";
        if (id < first || id > last) return $"id {id} is outside its range; give {Expected}";
        var row = encoder?.RowOf((ulong)id) ?? id - first;
        target.Add(row, isUnseen: HasUnseenRow && row == FieldEncoder.UnseenRow);
        return null;
    }

    public override void EndList(EncodedColumn target) => target.EndCell(MostValues);
}

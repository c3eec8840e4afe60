using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using AutoDim.Data.Preparation;
using AutoDim.Graphs;

namespace AutoDim.Export;

/// <summary>How a graph makes table rows of the raw values of one field or sequence.</summary>
/// <param name="encoder">Which makes them in our own scorers.</param>
internal abstract class RawInput(ColumnEncoder encoder, bool isPadded, GraphType type)
{
    public GraphInput Input { get; } = new(encoder.Name, isPadded, type);

    /// <summary>Puts the input and what leads from it to table rows into a graph; the rows, of the input's shape.</summary>
    public GraphValue RowsIn(ForwardGraph graph) => Rows(graph, graph.Input(Input));

    /// <summary>Raw values that lead to the rows of golden samples, and the rows that our own scorers give them.</summary>
    public GoldenInput Encode(GoldenInput drawn)
    {
        var column = new EncodedColumn(Input.IsPadded);
        var (texts, rows) = (new string[drawn.Rows.Count][], new long[drawn.Rows.Count][]);
        for (var i = 0; i < rows.Length; i++)
        {
            texts[i] = [.. drawn.Rows[i].Select(row => row == GoldenInput.Padding ? "" : TextOf(row))];
            var problem = texts[i].Where((_, v) => drawn.Rows[i][v] != GoldenInput.Padding).Select(text => Input.IsPadded ? encoder.AddValue(Encoding.UTF8.GetBytes(text), column) : encoder.Encode(Encoding.UTF8.GetBytes(text), column)).FirstOrDefault(problem => problem != null);
            if (problem != null) throw new InvalidOperationException($"golden value of field '{Input.Name}': {problem}");
            if (Input.IsPadded) encoder.EndList(column);
            long[] found = [.. column.CellOf(i)];
            rows[i] = [.. found, .. Enumerable.Repeat(GoldenInput.Padding, drawn.Rows[i].Count - found.Length)];
        }

        return drawn with { Rows = rows, Texts = texts };
    }

    protected abstract GraphValue Rows(ForwardGraph graph, GraphValue values);

    /// <summary>A value, as it stands in a log, that leads to a row; any other where none leads there.</summary>
    protected abstract string TextOf(long row);

    /// <summary>The row of each sample's number; NaN is a missing one.</summary>
    /// <param name="rows">Of numbers that are not missing: (B).</param>
    protected static GraphValue UnlessMissing(ForwardGraph graph, GraphValue numbers, GraphValue rows) => graph.Where(graph.IsNaN(numbers), graph.Numbers([FieldEncoder.MissingRow]), rows);

    protected static string Write(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>Texts that a vocabulary knows; all others have the row of unseen values.</summary>
/// <param name="missing">Texts that stand for a missing value, beside the empty one.</param>
internal sealed class TextInput(ColumnEncoder encoder, FieldEncoder vocabulary, bool isPadded, IReadOnlyList<ValueText> values, IReadOnlyList<string> missing) : RawInput(encoder, isPadded, GraphType.Text)
{
    private readonly string unseen = Enumerable.Range(0, int.MaxValue).Select(number => $"unseen {number}").First(text => vocabulary.RowOf(Fingerprint.Of(Encoding.UTF8.GetBytes(text))) == FieldEncoder.UnseenRow);
    private readonly Dictionary<long, string> textOf = values.DistinctBy(value => value.Row).ToDictionary(value => value.Row, value => Decode(encoder.Name, value.Text));

    protected override GraphValue Rows(ForwardGraph graph, GraphValue texts)
    {
        byte[][] keys = [[], .. missing.Select(Encoding.UTF8.GetBytes), .. values.Select(value => value.Text)];
        long[] rows = [Input.IsPadded ? GoldenInput.Padding : FieldEncoder.MissingRow, .. missing.Select(_ => FieldEncoder.MissingRow), .. values.Select(value => value.Row)];
        return graph.NumbersOf(texts, keys, rows, FieldEncoder.UnseenRow);
    }

    protected override string TextOf(long row) => textOf.TryGetValue(row, out var text) ? text
        : row != FieldEncoder.MissingRow ? unseen
        : Input.IsPadded ? missing.FirstOrDefault(unseen) : "";

    private static string Decode(string field, byte[] text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text);
        }
        catch (DecoderFallbackException exception)
        {
            throw new AutoDimException($"field '{field}' has the value '{Encoding.UTF8.GetString(text)}', which is no UTF-8 and so no text of a graph; mend the log and prepare it again, or export with --inputs rows", exception);
        }
    }
}

/// <summary>Numbers between boundaries, as <see cref="BucketEncoder"/> has them.</summary>
internal sealed class NumberInput(ColumnEncoder encoder, IReadOnlyList<double> boundaries) : RawInput(encoder, isPadded: false, GraphType.Float64)
{
    protected override GraphValue Rows(ForwardGraph graph, GraphValue numbers)
    {
        var first = graph.Numbers([FieldEncoder.ReservedRows]);
        if (boundaries.Count == 0) return UnlessMissing(graph, numbers, first);
        var passed = graph.IsAtLeast(graph.Unsqueeze(numbers, 1), graph.Doubles(boundaries)); // (B, boundaries)
        return UnlessMissing(graph, numbers, graph.Add(graph.Sum(graph.ToWhole(passed), [1]), first));
    }

    protected override string TextOf(long row) => (row - FieldEncoder.ReservedRows) switch
    {
        < 0 => "",
        0 => Write(boundaries.Count == 0 ? 0 : Math.BitDecrement(boundaries[0])),
        var bucket => Write(boundaries[(int)bucket - 1]),
    };
}

/// <summary>Numbers by <see cref="LogSquare"/>, which a vocabulary knows.</summary>
/// <param name="values">By the bits of the number that the rule gives.</param>
internal sealed class LogSquareInput(ColumnEncoder encoder, Dictionary<ulong, ValueText> values) : RawInput(encoder, isPadded: false, GraphType.Float64)
{
    private const double UpToItself = 2;

    private readonly (double Number, long Row)[] values = [.. values.Select(value => (BitConverter.UInt64BitsToDouble(value.Key), value.Value.Row))];

    protected override GraphValue Rows(ForwardGraph graph, GraphValue numbers)
    {
        var logarithm = graph.Log(numbers);
        var ruled = graph.Where(graph.IsAbove(numbers, graph.Doubles([UpToItself])), graph.Floor(graph.Multiply(logarithm, logarithm)), numbers);
        var isValue = graph.ToWhole(graph.IsEqual(graph.Unsqueeze(ruled, 1), graph.Doubles([.. values.Select(value => value.Number)]))); // (B, values), one of them at most
        return UnlessMissing(graph, numbers, graph.Sum(graph.Multiply(isValue, graph.Numbers([.. values.Select(value => value.Row)])), [1]));
    }

    protected override string TextOf(long row) => row switch
    {
        FieldEncoder.UnseenRow => Write(Math.Min(0, values.Min(value => value.Number)) - 1),
        FieldEncoder.MissingRow => "",
        _ => Array.Find(values, value => value.Row == row).Number is <= UpToItself and var itself ? Write(itself) : Write(Math.Exp(Math.Sqrt(Array.Find(values, value => value.Row == row).Number + 0.5))),
    };
}

/// <summary>Ids of a range of their own.</summary>
internal sealed class IdInput(ColumnEncoder encoder, IdentityEncoder ids) : RawInput(encoder, isPadded: false, GraphType.Int64)
{
    private long Count => ids.Ids.Last - ids.Ids.First + 1;

    protected override GraphValue Rows(ForwardGraph graph, GraphValue values)
    {
        var places = ids.Ids.First == 0 ? values : graph.Subtract(values, graph.Numbers([ids.Ids.First]));
        return ids.Rows == Count ? places : graph.Gather(graph.Constant(new GraphConstant($"{ForwardGraph.Prefix}rows.{Input.Name}", GraphType.Int64, [Count], Write)), places);
    }

    protected override string TextOf(long row) => (ids.Ids.First + Enumerable.Range(0, (int)Count).FirstOrDefault(place => RowOf(place) == row)).ToString(CultureInfo.InvariantCulture);

    private long RowOf(long place) => ids.RowOf((ulong)(ids.Ids.First + place));

    private void Write(Stream stream)
    {
        for (var place = 0L; place < Count; place++) stream.Write(MemoryMarshal.AsBytes<long>([RowOf(place)]));
    }
}

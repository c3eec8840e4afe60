using System.Buffers;
using System.Text;
using System.Text.Json;
using AutoDim.Export;
using AutoDim.Serving.Scoring;

namespace AutoDim.Serving.Http;

/// <summary>Reads a request's JSON into table rows, value by value as they come, without objects in between.</summary>
internal ref struct RowReader
{
    /// <summary>A candidate's array is the deepest there is: the body, its list, a row, a field.</summary>
    private const int MostDepth = 8;

    private const int LongestShown = 100;

    private readonly RowEncoder encoder;
    private readonly int mostRows;
    private readonly bool[] given;
    private Utf8JsonReader json;

    private RowReader(ReadOnlySpan<byte> body, RowEncoder encoder, int mostRows)
    {
        this.encoder = encoder;
        this.mostRows = mostRows;
        given = new bool[encoder.Columns.Count];
        json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MostDepth });
    }

    /// <summary>Reads a row, or an array of rows.</summary>
    /// <param name="isSingle">Whether it was one row.</param>
    /// <param name="takesMany">Whether an array will do.</param>
    public static RequestProblem? ReadRows(ReadOnlySpan<byte> body, RowEncoder encoder, int mostRows, bool takesMany, EncodedRows target, out bool isSingle)
    {
        isSingle = true;
        var reader = new RowReader(body, encoder, mostRows);
        try
        {
            reader.json.Read();
            if (reader.json.TokenType == JsonTokenType.StartArray && takesMany)
            {
                isSingle = false;
                if (reader.ReadList(target, null) is { } wrong) return wrong;
            }

            else if (reader.json.TokenType != JsonTokenType.StartObject)
            {
                return new RequestProblem(400, $"the body is {reader.Kind()}") { Fix = $"send a row as an object of field name and value{(takesMany ? ", or an array of rows" : "")}" };
            }
            else if (reader.ReadRow(target, null, null) is { } wrong)
            {
                return wrong;
            }

            reader.json.Read(); // throws where something follows
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // of a name with half of a surrogate pair
        {
            return Malformed(exception);
        }
    }

    /// <summary>Reads what candidates share, the candidates, and how to answer; in any order.</summary>
    /// <param name="shared">For what they share, a row of which only the fields given count.</param>
    public static RequestProblem? ReadCandidates(ReadOnlySpan<byte> body, RowEncoder encoder, int mostRows, EncodedRows shared, EncodedRows target, out int? top, out bool isSorted)
    {
        (top, isSorted) = (null, true);
        var reader = new RowReader(body, encoder, mostRows);
        try
        {
            reader.json.Read();
            return reader.ReadRanking(shared, target, ref top, ref isSorted);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // of a name with half of a surrogate pair
        {
            return Malformed(exception);
        }
    }

    private static RequestProblem Malformed(Exception exception) => new(400, $"the body is not the JSON expected: {Reason.Of(exception)}") { Fix = "send JSON in UTF-8, no more than 8 levels deep" };

    private static string Shown(ReadOnlySpan<byte> text) => text.Length <= LongestShown ? Encoding.UTF8.GetString(text) : $"{Encoding.UTF8.GetString(text[..LongestShown])}…";

    private RequestProblem? ReadRanking(EncodedRows shared, EncodedRows target, ref int? top, ref bool isSorted)
    {
        const string Fix = """send {"shared": {…}, "candidates": [{…}, …]}, and, if wanted, "top": a number and "order": "score" or "given" """;
        if (json.TokenType != JsonTokenType.StartObject) return new RequestProblem(400, $"the body is {Kind()}") { Fix = Fix };
        Utf8JsonReader candidates = default;
        var sharedFields = new bool[given.Length];
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            switch (name)
            {
                case "shared" when json.TokenType == JsonTokenType.StartObject:
                    shared.Clear();
                    if (ReadCells(shared, null) is { } problem) return problem;
                    given.CopyTo(sharedFields, 0);
                    break;
                case "candidates" when json.TokenType == JsonTokenType.StartArray:
                    candidates = json;
                    json.Skip();
                    break;
                case "top" when json.TokenType == JsonTokenType.Number && json.TryGetInt32(out var number) && number > 0:
                    top = number;
                    break;
                case "order" when json.TokenType == JsonTokenType.String && (json.ValueTextEquals("score"u8) || json.ValueTextEquals("given"u8)):
                    isSorted = json.ValueTextEquals("score"u8);
                    break;
                default:
                    return new RequestProblem(400, $"'{name}' is unknown here, or is {Kind()}, which it cannot be") { Field = name, Fix = Fix };
            }
        }

        json.Read(); // throws where something follows
        if (candidates.TokenType != JsonTokenType.StartArray) return new RequestProblem(400, "there are no candidates") { Field = "candidates", Fix = Fix };
        json = candidates;
        return ReadList(target, new Shared(shared, sharedFields));
    }

    /// <summary>Reads an array of rows up to its end.</summary>
    private RequestProblem? ReadList(EncodedRows target, Shared? shared)
    {
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (target.Count == mostRows) return RequestProblem.TooManyRows(mostRows);
            if (json.TokenType != JsonTokenType.StartObject) return new RequestProblem(400, $"row {target.Count} is {Kind()}") { Row = target.Count, Fix = "send each row as an object of field name and value" };
            if (ReadRow(target, target.Count, shared) is { } problem) return problem;
        }

        return null;
    }

    private RequestProblem? ReadRow(EncodedRows target, int? row, Shared? shared)
    {
        if (ReadCells(target, row) is { } problem) return problem;
        for (var c = 0; c < given.Length; c++)
        {
            if (shared is { } both && both.Fields[c])
            {
                if (given[c]) return RequestProblem.GivenTwice(encoder.Encoders[c], row);
                target.Columns[c].AddCell(both.Row.Columns[c], 0);
            }
            else if (!given[c] && encoder.Encoders[c].Encode([], target.Columns[c]) is { } missing)
            {
                return Wrong(c, row, $"field '{encoder.Encoders[c].Name}' {missing}", null);
            }
        }

        target.EndRow();
        return null;
    }

    /// <summary>Reads the fields of an object, and notes which were given.</summary>
    private RequestProblem? ReadCells(EncodedRows target, int? row)
    {
        given.AsSpan().Clear();
        var next = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var column = Find(next);
            if (column < 0) return RequestProblem.NoField(json.GetString()!, encoder, row);

            if (given[column]) return new RequestProblem(400, $"field '{encoder.Encoders[column].Name}' is given twice") { Row = row, Field = encoder.Encoders[column].Name, Fix = "give it once" };
            given[column] = true;
            json.Read();
            if (ReadValue(column, target.Columns[column], row) is { } problem) return problem;
            next = column + 1;
        }

        return null;
    }

    /// <summary>The column of a property; rows mostly name fields in the same order, so the one after the last is tried first.</summary>
    private readonly int Find(int next)
    {
        for (var i = 0; i < given.Length; i++)
        {
            var column = (next + i) % given.Length;
            if (json.ValueTextEquals(encoder.Encoders[column].Name)) return column;
        }

        return -1;
    }

    private RequestProblem? ReadValue(int column, EncodedColumn target, int? row)
    {
        var field = encoder.Encoders[column];
        switch (json.TokenType)
        {
            case JsonTokenType.String or JsonTokenType.Number:
                return EncodeText(column, target, row, isListed: false);
            case JsonTokenType.Null:
                return field.Encode([], target) is { } problem ? Wrong(column, row, $"field '{field.Name}' {problem}", "null") : null;
            case JsonTokenType.StartArray when encoder.Columns[column].MultiValued:
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    if (json.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return Wrong(column, row, $"field '{field.Name}' lists {Kind()}", Kind());
                    if (EncodeText(column, target, row, isListed: true) is { } wrong) return wrong;
                }

                field.EndList(target);
                return null;
            default:
                return Wrong(column, row, $"field '{field.Name}' is {Kind()}", Kind());
        }
    }

    /// <summary>Encodes a text without its escapes, or a number as it is written.</summary>
    private RequestProblem? EncodeText(int column, EncodedColumn target, int? row, bool isListed)
    {
        if (json.TokenType == JsonTokenType.Number || !json.ValueIsEscaped) return Encode(column, json.ValueSpan, target, row, isListed);
        var text = ArrayPool<byte>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            return Encode(column, text.AsSpan(0, json.CopyString(text)), target, row, isListed);
        }
        catch (InvalidOperationException)
        {
            return Wrong(column, row, $"field '{encoder.Encoders[column].Name}' has an escape that is no character, half of a surrogate pair", Shown(json.ValueSpan));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    private readonly RequestProblem? Encode(int column, ReadOnlySpan<byte> text, EncodedColumn target, int? row, bool isListed)
    {
        var field = encoder.Encoders[column];
        var problem = isListed ? field.AddValue(text, target) : field.Encode(text, target);
        return problem == null ? null : Wrong(column, row, $"field '{field.Name}': {problem}", Shown(text));
    }

    private readonly RequestProblem Wrong(int column, int? row, string detail, string? value) => RequestProblem.WrongValue(encoder.Encoders[column], row, detail, value);

    private readonly string Kind() => json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };

    /// <summary>A row of which some fields are every candidate's.</summary>
    private readonly record struct Shared(EncodedRows Row, bool[] Fields);
}

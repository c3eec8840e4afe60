using System.Globalization;
using System.Text;
using AutoDim.Export;
using AutoDim.Serving.Scoring;

namespace AutoDim.Serving.Rpc;

/// <summary>Reads a call's rows into table rows, by the rules that JSON is read by.</summary>
internal sealed class MessageRows(RowEncoder encoder, int mostRows)
{
    /// <summary>Reads rows that share nothing.</summary>
    public RequestProblem? Read(IReadOnlyList<Row> rows, EncodedRows target) => Read(rows, target, new Row(), null);

    /// <param name="shared">What all rows share.</param>
    /// <param name="sharedCells">For the cells of that, of which only the fields given count.</param>
    public RequestProblem? Read(IReadOnlyList<Row> rows, EncodedRows target, Row shared, EncodedRows? sharedCells)
    {
        if (rows.Count > mostRows) return RequestProblem.TooManyRows(mostRows);
        if (Unknown(shared, null) is { } unknown) return unknown;
        for (var c = 0; c < encoder.Encoders.Count; c++)
        {
            if (shared.Values.TryGetValue(encoder.Encoders[c].Name, out var value) && ReadValue(c, value, sharedCells!.Columns[c], null) is { } wrong) return wrong;
        }

        for (var row = 0; row < rows.Count; row++)
        {
            if (ReadRow(rows[row], row, target, shared, sharedCells) is { } problem) return problem;
        }

        return null;
    }

    private RequestProblem? ReadRow(Row row, int place, EncodedRows target, Row shared, EncodedRows? sharedCells)
    {
        if (Unknown(row, place) is { } unknown) return unknown;
        for (var c = 0; c < encoder.Encoders.Count; c++)
        {
            var (field, column) = (encoder.Encoders[c], target.Columns[c]);
            var isShared = shared.Values.ContainsKey(field.Name);
            if (row.Values.TryGetValue(field.Name, out var value))
            {
                if (isShared) return RequestProblem.GivenTwice(field, place);
                if (ReadValue(c, value, column, place) is { } wrong) return wrong;
            }
            else if (isShared)
            {
                column.AddCell(sharedCells!.Columns[c], 0);
            }
            else if (ReadMissing(field, column, place, null) is { } missing)
            {
                return missing;
            }
        }

        target.EndRow();
        return null;
    }

    private RequestProblem? Unknown(Row row, int? place)
    {
        if (row.Values.Count == 0 || encoder.Encoders.Count(field => row.Values.ContainsKey(field.Name)) == row.Values.Count) return null;
        return RequestProblem.NoField(row.Values.Keys.First(name => encoder.Encoders.All(field => field.Name != name)), encoder, place);
    }

    private RequestProblem? ReadValue(int column, Value value, EncodedColumn target, int? row)
    {
        var field = encoder.Encoders[column];
        if (value.KindCase == Value.KindOneofCase.None) return ReadMissing(field, target, row, "nothing");
        if (value.KindCase != Value.KindOneofCase.List) return Problem(field, row, value, field.Encode(Text(value), target));
        if (!encoder.Columns[column].MultiValued) return RequestProblem.WrongValue(field, row, $"field '{field.Name}' is a list", "a list");
        foreach (var item in value.List.Values)
        {
            if (item.KindCase is Value.KindOneofCase.None or Value.KindOneofCase.List) return RequestProblem.WrongValue(field, row, $"field '{field.Name}' lists a list or nothing", null);
            if (Problem(field, row, item, field.AddValue(Text(item), target)) is { } wrong) return wrong;
        }

        field.EndList(target);
        return null;
    }

    private static RequestProblem? ReadMissing(ColumnEncoder field, EncodedColumn target, int? row, string? value)
        => field.Encode([], target) is { } problem ? RequestProblem.WrongValue(field, row, $"field '{field.Name}' {problem}", value) : null;

    private static RequestProblem? Problem(ColumnEncoder field, int? row, Value value, string? problem)
        => problem == null ? null : RequestProblem.WrongValue(field, row, $"field '{field.Name}': {problem}", Encoding.UTF8.GetString(Text(value)));

    private static byte[] Text(Value value) => Encoding.UTF8.GetBytes(value.KindCase switch
    {
        Value.KindOneofCase.Whole => value.Whole.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.Number => value.Number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.Text,
    });
}

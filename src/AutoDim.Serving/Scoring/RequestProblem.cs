using AutoDim.Export;

namespace AutoDim.Serving.Scoring;

/// <summary>Why a request is not answered: what is wrong, where, with which value, and what to send instead. Over HTTP told as RFC 9457 has it, over gRPC as a status.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="Detail">What is wrong, in a sentence.</param>
internal sealed record RequestProblem(int Status, string Detail)
{
    /// <value>Position among the request's rows or candidates, from 0.</value>
    public int? Row { get; init; }

    public string? Field { get; init; }

    /// <value>As it came, cut where it is long.</value>
    public string? Value { get; init; }

    /// <value>What to send instead.</value>
    public string? Fix { get; init; }

    /// <summary>All of it in a line.</summary>
    public string Text => $"{(Row is { } row ? $"row {row}: " : "")}{Detail}{(Fix != null ? $"; {Fix}" : "")}";

    public static RequestProblem Bug { get; } = new(500, "a bug; the server's log has it");

    public static RequestProblem NoField(string name, RowEncoder encoder, int? row)
        => new(400, $"there is no field '{name}'") { Row = row, Field = name, Fix = $"the model's fields are {string.Join(", ", encoder.Encoders.Take(60).Select(field => field.Name))}" };

    /// <summary>A field's value that cannot be.</summary>
    public static RequestProblem WrongValue(ColumnEncoder field, int? row, string detail, string? value) => new(400, detail) { Row = row, Field = field.Name, Value = value, Fix = $"send {field.Expected}" };

    public static RequestProblem GivenTwice(ColumnEncoder field, int? row)
        => new(400, $"field '{field.Name}' is given by a candidate and in what all share") { Row = row, Field = field.Name, Fix = "give it in one of the two" };

    public static RequestProblem TooManyRows(int mostRows) => new(413, $"the request has more than {mostRows} rows") { Fix = "send fewer rows a request, or raise --max-rows" };
}

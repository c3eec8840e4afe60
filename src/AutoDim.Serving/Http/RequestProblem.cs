using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AutoDim.Serving.Http;

/// <summary>Why a request is not answered, as RFC 9457 has it: what is wrong, where, with which value, and what to send instead.</summary>
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

    /// <summary>Texts as they are: an answer is never part of a page.</summary>
    public static JsonWriterOptions Readable { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task Write(HttpContext context)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/problem+json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Readable))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
            json.WriteNumber("status", Status);
            json.WriteString("detail", Detail);
            if (Row is { } row) json.WriteNumber("row", row);
            if (Field != null) json.WriteString("field", Field);
            if (Value != null) json.WriteString("value", Value);
            if (Fix != null) json.WriteString("fix", Fix);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}

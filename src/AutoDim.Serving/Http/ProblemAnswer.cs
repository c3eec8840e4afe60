using System.Text.Encodings.Web;
using System.Text.Json;
using AutoDim.Serving.Scoring;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace AutoDim.Serving.Http;

/// <summary>A problem as RFC 9457 has it.</summary>
internal static class ProblemAnswer
{
    private const string RetrySeconds = "1";

    /// <summary>Texts as they are: an answer is never part of a page.</summary>
    public static JsonWriterOptions Readable { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task Write(this RequestProblem problem, HttpContext context)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = "application/problem+json";
        if (problem.Status == StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = RetrySeconds;
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Readable))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(problem.Status));
            json.WriteNumber("status", problem.Status);
            json.WriteString("detail", problem.Detail);
            if (problem.Row is { } row) json.WriteNumber("row", row);
            if (problem.Field != null) json.WriteString("field", problem.Field);
            if (problem.Value != null) json.WriteString("value", problem.Value);
            if (problem.Fix != null) json.WriteString("fix", problem.Fix);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}

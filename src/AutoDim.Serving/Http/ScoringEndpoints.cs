using System.Text.Json;
using AutoDim.Export;
using AutoDim.Serving.Scoring;
using Microsoft.AspNetCore.Http;

namespace AutoDim.Serving.Http;

/// <summary>/score, /rank and /explain: rows in, probabilities out.</summary>
internal sealed class ScoringEndpoints(RequestScoring scoring, ServingOptions options, BodyMemory memory)
{
    private delegate RequestProblem? Reader(RequestBody body, ServedModel model, EncodedRows rows);

    public Task Score(HttpContext context)
    {
        var isSingle = false;
        return Answer(
            context,
            (body, model, rows) => RowReader.ReadRows(body.Text, model.Encoder, options.MaxRows, takesMany: true, rows, out isSingle),
            (json, job) => WriteScores(json, job, isSingle));
    }

    public Task Rank(HttpContext context)
    {
        int? top = null;
        var isSorted = true;
        return Answer(
            context,
            (body, model, rows) => scoring.WithRow(model, shared => RowReader.ReadCandidates(body.Text, model.Encoder, options.MaxRows, shared, rows, out top, out isSorted)),
            (json, job) => WriteRanking(json, job, top ?? int.MaxValue, isSorted));
    }

    public Task Explain(HttpContext context)
    {
        Explanation? explanation = null;
        return Answer(
            context,
            (body, model, rows) => scoring.WithRow(model, row =>
            {
                var problem = RowReader.ReadRows(body.Text, model.Encoder, 1, takesMany: false, row, out _);
                if (problem == null) explanation = Explanation.Of(model, row, rows);
                return problem;
            }),
            (json, job) => WriteExplanation(json, job, explanation!));
    }

    /// <summary>Reads a request, has its rows scored and writes the answer; each step within its limit.</summary>
    private async Task Answer(HttpContext context, Reader read, Action<Utf8JsonWriter, ScoringJob> write)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(options.TimeoutMs);
        using var body = new RequestBody(memory);
        var problem = await Read(context, body, timeout.Token).ConfigureAwait(false)
            ?? await scoring.Answer((model, rows) => read(body, model, rows), (model, job) => Write(context, model, job, write), timeout.Token, context.RequestAborted).ConfigureAwait(false);
        if (problem != null) await problem.Write(context).ConfigureAwait(false);
    }

    private async Task<RequestProblem?> Read(HttpContext context, RequestBody body, CancellationToken timeout)
    {
        try
        {
            return await body.Read(context.Request, options.MaxBodyBytes, timeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.Connection = "close";
            return new RequestProblem(408, $"the body did not arrive within {options.TimeoutMs} ms");
        }
        catch (IOException exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.Connection = "close"; // such as a chunk of impossible size
            return new RequestProblem(400, $"the body cannot be read: {Reason.Of(exception)}") { Fix = "send as many bytes as Content-Length says, or whole chunks" };
        }
    }

    private static async Task Write(HttpContext context, ServedModel model, ScoringJob job, Action<Utf8JsonWriter, ScoringJob> write)
    {
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, ProblemAnswer.Readable))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Version);
            write(json, job);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private static void WriteScores(Utf8JsonWriter json, ScoringJob job, bool isSingle)
    {
        if (isSingle)
        {
            json.WriteNumber("probability", job.Probability(0));
            return;
        }

        json.WriteStartArray("probabilities");
        for (var row = 0; row < job.Logits.Length; row++) json.WriteNumberValue(job.Probability(row));
        json.WriteEndArray();
    }

    private static void WriteRanking(Utf8JsonWriter json, ScoringJob job, int top, bool isSorted)
    {
        json.WriteStartArray("candidates");
        foreach (var place in job.Ranked(top, isSorted))
        {
            json.WriteStartObject();
            json.WriteNumber("index", place);
            json.WriteNumber("probability", job.Probability(place));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteExplanation(Utf8JsonWriter json, ScoringJob job, Explanation explanation)
    {
        json.WriteNumber("probability", job.Probability(0));
        json.WriteNumber("logit", job.Logits[0]);
        json.WriteStartArray("fields");
        foreach (var (name, isUnseen, bytes, contribution) in explanation.Fields(job.Logits))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteBoolean("unseen", isUnseen);
            json.WriteNumber("bytes", bytes);
            if (contribution is { } added) json.WriteNumber("contribution", added);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

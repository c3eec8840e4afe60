using System.Diagnostics;
using System.Text.Json;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Serving.Scoring;
using Microsoft.AspNetCore.Http;

namespace AutoDim.Serving.Http;

/// <summary>/score, /rank and /explain: rows in, probabilities out.</summary>
internal sealed class ScoringEndpoints(ModelSlot slot, ServingOptions options, ServingMetrics metrics, BodyMemory memory)
{
    private const string RetrySeconds = "1";

    public Task Score(HttpContext context) => Answer(context, (body, model, rows) =>
    {
        var problem = RowReader.ReadRows(body.Text, model.Encoder, options.MaxRows, takesMany: true, rows, out var isSingle);
        return (problem, (json, job) => WriteScores(json, job, isSingle));
    });

    public Task Rank(HttpContext context) => Answer(context, (body, model, rows) =>
    {
        var shared = model.Rent();
        var problem = RowReader.ReadCandidates(body.Text, model.Encoder, options.MaxRows, shared, rows, out var top, out var isSorted);
        CountUnseen(model, shared);
        model.Return(shared);
        return (problem, (json, job) => WriteRanking(json, job, top ?? int.MaxValue, isSorted));
    });

    public Task Explain(HttpContext context) => Answer(context, (body, model, rows) =>
    {
        var row = model.Rent();
        var problem = RowReader.ReadRows(body.Text, model.Encoder, 1, takesMany: false, row, out _);
        if (problem == null) AddVariants(model, row, rows);
        bool[] unseen = [.. row.Columns.Select(column => column.Unseen > 0)];
        CountUnseen(model, row);
        model.Return(row);
        return (problem, (json, job) => WriteExplanation(json, job, model, unseen));
    });

    /// <summary>The probability that a score stands for, as predict writes it.</summary>
    private static double Probability(float logit) => 1 / (1 + Math.Exp(-logit));

    private delegate (RequestProblem? Problem, Action<Utf8JsonWriter, ScoringJob> Write) Read(RequestBody body, ServedModel model, EncodedRows rows);

    /// <summary>Reads a request, has its rows scored and writes the answer; each step within its limit.</summary>
    private async Task Answer(HttpContext context, Read read)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        cancellation.CancelAfter(options.TimeoutMs);
        using var body = new RequestBody(memory);
        try
        {
            if (await body.Read(context.Request, options.MaxBodyBytes, cancellation.Token).ConfigureAwait(false) is { } wrong)
            {
                if (wrong.Status == StatusCodes.Status429TooManyRequests) context.Response.Headers.RetryAfter = RetrySeconds;
                await wrong.Write(context).ConfigureAwait(false);
                return;
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.Connection = "close";
            await new RequestProblem(408, $"the body did not arrive within {options.TimeoutMs} ms").Write(context).ConfigureAwait(false);
            return;
        }

        catch (IOException exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.Response.Headers.Connection = "close";
            await new RequestProblem(400, $"the body cannot be read: {Reason.Of(exception)}") { Fix = "send as many bytes as Content-Length says, or whole chunks" }.Write(context).ConfigureAwait(false); // such as a chunk of impossible size
            return;
        }

        var model = slot.Hold();
        if (model == null)
        {
            await new RequestProblem(503, $"no model can answer: {slot.Problem}").Write(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await Answer(context, read, body, model, cancellation.Token).ConfigureAwait(false);
        }
        finally
        {
            model.Release();
        }
    }

    private async Task Answer(HttpContext context, Read read, RequestBody body, ServedModel model, CancellationToken cancellation)
    {
        var rows = model.Rent();
        var (problem, write) = read(body, model, rows);
        if (problem != null)
        {
            model.Return(rows);
            await problem.Write(context).ConfigureAwait(false);
            return;
        }

        CountUnseen(model, rows);
        using var activity = ServingMetrics.Activities.StartActivity("score");
        activity?.SetTag("autodim.rows", rows.Count);
        activity?.SetTag("autodim.model.version", model.Version);
        var job = new ScoringJob(rows);
        if (!model.Queue.TryAdd(job))
        {
            model.Return(rows);
            metrics.CountRejected();
            context.Response.Headers.RetryAfter = RetrySeconds;
            await new RequestProblem(429, $"{options.MaxQueue} rows wait already") { Fix = "try again later, or raise --max-queue" }.Write(context).ConfigureAwait(false);
            return;
        }

        try
        {
            await job.Done.WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!job.Done.IsCompleted)
        {
            job.Abandon(); // its rows are the queue's until a worker drops them
            if (!context.RequestAborted.IsCancellationRequested) await new RequestProblem(503, $"the rows were not scored within {options.TimeoutMs} ms").Write(context).ConfigureAwait(false);
            return;
        }

        metrics.CountRows(rows.Count);
        await Write(context, model, job, write).ConfigureAwait(false);
        model.Return(rows);
    }

    private static async Task Write(HttpContext context, ServedModel model, ScoringJob job, Action<Utf8JsonWriter, ScoringJob> write)
    {
        context.Response.ContentType = "application/json";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, RequestProblem.Readable))
        {
            json.WriteStartObject();
            json.WriteString("model", model.Version);
            write(json, job);
            json.WriteEndObject();
        }

        await context.Response.BodyWriter.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    private void CountUnseen(ServedModel model, EncodedRows rows)
    {
        for (var c = 0; c < rows.Columns.Length; c++) metrics.CountUnseen(model.Encoder.Encoders[c].Name, rows.Columns[c].Unseen);
    }

    private static void WriteScores(Utf8JsonWriter json, ScoringJob job, bool isSingle)
    {
        if (isSingle)
        {
            json.WriteNumber("probability", Probability(job.Logits[0]));
            return;
        }

        json.WriteStartArray("probabilities");
        foreach (var logit in job.Logits) json.WriteNumberValue(Probability(logit));
        json.WriteEndArray();
    }

    private static void WriteRanking(Utf8JsonWriter json, ScoringJob job, int top, bool isSorted)
    {
        var places = Enumerable.Range(0, job.Logits.Length);
        if (isSorted) places = places.OrderByDescending(place => job.Logits[place]); // stable: equals stay in the order given
        json.WriteStartArray("candidates");
        foreach (var place in places.Take(top))
        {
            json.WriteStartObject();
            json.WriteNumber("index", place);
            json.WriteNumber("probability", Probability(job.Logits[place]));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>The row, then, for each column that has a row of unseen values or is a list, the row with that column so changed.</summary>
    private static void AddVariants(ServedModel model, EncodedRows row, EncodedRows target)
    {
        var encoders = model.Encoder.Encoders;
        for (var variant = -1; variant < encoders.Count; variant++)
        {
            if (variant >= 0 && !IsExplained(model, variant)) continue;
            for (var c = 0; c < encoders.Count; c++)
            {
                if (c != variant) target.Columns[c].AddCell(row.Columns[c], 0);
                else if (IsSequence(model, c)) target.Columns[c].EndCell();
                else AddUnseen(target.Columns[c]);
            }

            target.EndRow();
        }
    }

    private static void AddUnseen(EncodedColumn column)
    {
        column.Add(FieldEncoder.UnseenRow);
        column.EndCell();
    }

    private static bool IsSequence(ServedModel model, int column) => column >= model.Model.Fields.Count;

    private static bool IsExplained(ServedModel model, int column) => IsSequence(model, column) || model.Encoder.Encoders[column].HasUnseenRow;

    private static void WriteExplanation(Utf8JsonWriter json, ScoringJob job, ServedModel model, bool[] unseen)
    {
        json.WriteNumber("probability", Probability(job.Logits[0]));
        json.WriteNumber("logit", job.Logits[0]);
        json.WriteStartArray("fields");
        var variant = 1;
        for (var c = 0; c < unseen.Length; c++)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Encoder.Encoders[c].Name);
            json.WriteBoolean("unseen", unseen[c]);
            json.WriteNumber("bytes", IsSequence(model, c) ? 0 : model.BytesOf(c));
            if (IsExplained(model, c)) json.WriteNumber("contribution", job.Logits[0] - job.Logits[variant++]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

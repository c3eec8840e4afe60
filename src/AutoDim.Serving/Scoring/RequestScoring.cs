using AutoDim.Export;

namespace AutoDim.Serving.Scoring;

/// <summary>A request's way from rows to scores, within the limits, whichever protocol it came by.</summary>
internal sealed class RequestScoring(ModelSlot slot, ServingOptions options, ServingMetrics metrics)
{
    /// <summary>Has rows read and scored, and the answer made.</summary>
    /// <param name="read">Fills the rows; null, or what is wrong.</param>
    /// <param name="answer">Told the scores; the model and the rows are theirs no longer than it takes.</param>
    /// <param name="timeout">Cancelled when the request's time is over, or as <paramref name="aborted"/>.</param>
    /// <param name="aborted">Cancelled when nobody waits for the answer any more.</param>
    /// <returns>Why there is no answer; null where there is one, or nobody waits for it.</returns>
    public async Task<RequestProblem?> Answer(Func<ServedModel, EncodedRows, RequestProblem?> read, Func<ServedModel, ScoringJob, Task> answer, CancellationToken timeout, CancellationToken aborted)
    {
        var model = slot.Hold();
        if (model == null) return new RequestProblem(503, $"no model can answer: {slot.Problem}");
        try
        {
            return await Answer(model, read, answer, timeout, aborted).ConfigureAwait(false);
        }
        finally
        {
            model.Release();
        }
    }

    /// <summary>Lends a row to read into beside the rows to score, and counts its unseen values.</summary>
    public RequestProblem? WithRow(ServedModel model, Func<EncodedRows, RequestProblem?> use)
    {
        var row = model.Rent();
        var problem = use(row);
        CountUnseen(model, row);
        model.Return(row);
        return problem;
    }

    private async Task<RequestProblem?> Answer(ServedModel model, Func<ServedModel, EncodedRows, RequestProblem?> read, Func<ServedModel, ScoringJob, Task> answer, CancellationToken timeout, CancellationToken aborted)
    {
        var rows = model.Rent();
        if (read(model, rows) is { } problem)
        {
            model.Return(rows);
            return problem;
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
            return new RequestProblem(429, $"{options.MaxQueue} rows wait already") { Fix = "try again later, or raise --max-queue" };
        }

        try
        {
            await job.Done.WaitAsync(timeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!job.Done.IsCompleted)
        {
            job.Abandon(); // its rows are the queue's until a worker drops them
            return aborted.IsCancellationRequested ? null : new RequestProblem(503, $"the rows were not scored within {options.TimeoutMs} ms");
        }

        metrics.CountRows(rows.Count);
        await answer(model, job).ConfigureAwait(false);
        model.Return(rows);
        return null;
    }

    private void CountUnseen(ServedModel model, EncodedRows rows)
    {
        for (var c = 0; c < rows.Columns.Length; c++) metrics.CountUnseen(model.Encoder.Encoders[c].Name, rows.Columns[c].Unseen);
    }
}

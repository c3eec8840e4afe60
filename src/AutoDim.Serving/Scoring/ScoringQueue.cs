using System.Diagnostics;

namespace AutoDim.Serving.Scoring;

/// <summary>Requests that wait to be scored: at most so many rows of them, so that a wait has an end.</summary>
internal sealed class ScoringQueue(int maxRows, int maxBatch, TimeSpan maxDelay) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim arrived = new(0);
    private readonly Queue<ScoringJob> jobs = [];
    private int waiting;

    /// <summary>Rows that wait.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>False where the queue is full. An empty one takes any request.</summary>
    public bool TryAdd(ScoringJob job)
    {
        lock (gate)
        {
            if (waiting > 0 && waiting + job.Rows.Count > maxRows) return false;
            jobs.Enqueue(job);
            waiting += job.Rows.Count;
        }

        arrived.Release();
        return true;
    }

    /// <summary>Waits for requests and takes those that share a batch: one at least, none where another worker was quicker.</summary>
    public void Take(List<ScoringJob> batch, CancellationToken stopping)
    {
        arrived.Wait(stopping);
        WaitForOthers(stopping);
        lock (gate)
        {
            for (var rows = 0; jobs.TryPeek(out var job) && (rows == 0 || rows + job.Rows.Count <= maxBatch); rows += job.Rows.Count)
            {
                batch.Add(jobs.Dequeue());
                waiting -= job.Rows.Count;
            }
        }

        for (var taken = 1; taken < batch.Count; taken++) arrived.Wait(0, CancellationToken.None);
    }

    public void Dispose() => arrived.Dispose();

    /// <summary>Until a batch is full or the oldest request has waited as long as it may.</summary>
    private void WaitForOthers(CancellationToken stopping)
    {
        if (maxDelay == TimeSpan.Zero) return;
        while (Waiting < maxBatch && Oldest() is { } oldest && Stopwatch.GetElapsedTime(oldest.Enqueued) < maxDelay && !stopping.IsCancellationRequested) Thread.Sleep(TimeSpan.FromMicroseconds(200));
    }

    private ScoringJob? Oldest()
    {
        lock (gate) return jobs.TryPeek(out var job) ? job : null;
    }
}

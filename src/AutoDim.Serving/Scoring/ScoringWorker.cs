using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Serving.Scoring;

/// <summary>A thread that scores what waits in a queue. What a row's score is does not depend on what shares its batch.</summary>
internal sealed class ScoringWorker : IDisposable
{
    private readonly WorkerPool self = new(1);
    private readonly TrainedModel model;
    private readonly Scorer scorer;
    private readonly ScoringQueue queue;
    private readonly int maxBatch;
    private readonly ServingMetrics metrics;
    private readonly CancellationTokenSource stopping = new();
    private readonly Thread thread;
    private readonly List<(ScoringJob Job, int Row, int Count)> parts = [];
    private readonly float[] scores;

    public ScoringWorker(string folder, ModelManifest manifest, ScoringQueue queue, int maxBatch, ServingMetrics metrics)
    {
        (this.queue, this.maxBatch, this.metrics) = (queue, maxBatch, metrics);
        try
        {
            model = TrainedModel.Map(folder, manifest, self);
        }
        catch
        {
            self.Dispose();
            throw;
        }

        scorer = new Scorer(model.Model, maxBatch);
        scores = new float[maxBatch];
        thread = new Thread(Work) { IsBackground = true, Name = "AutoDim scoring" };
    }

    public TrainedModel Model => model;

    public void Start() => thread.Start();

    public void Dispose()
    {
        stopping.Cancel();
        if (!thread.ThreadState.HasFlag(ThreadState.Unstarted)) thread.Join();
        scorer.Dispose();
        model.Dispose();
        self.Dispose();
        stopping.Dispose();
    }

    private void Work()
    {
        List<ScoringJob> batch = [];
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                queue.Take(batch, stopping.Token);
                batch.RemoveAll(job => job.IsAbandoned);
                Score(batch);
                foreach (var job in batch) job.Complete();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception)
            {
                parts.Clear();
                foreach (var job in batch) job.Fail(exception);
            }

            batch.Clear();
        }
    }

    /// <summary>Goes through the jobs' rows, as many at a time as a batch holds.</summary>
    private void Score(List<ScoringJob> jobs)
    {
        scorer.Batch.Size = 0;
        foreach (var job in jobs)
        {
            for (int row = 0, count; row < job.Rows.Count; row += count)
            {
                count = Math.Min(job.Rows.Count - row, maxBatch - scorer.Batch.Size);
                job.Rows.AppendTo(scorer.Batch, row, count);
                parts.Add((job, row, count));
                if (scorer.Batch.Size == maxBatch) ScoreParts();
            }
        }

        if (parts.Count > 0) ScoreParts();
    }

    /// <summary>Scores the filled batch and gives each job its part.</summary>
    private void ScoreParts()
    {
        var size = scorer.Batch.Size;
        scorer.ScoreBatch(scores.AsSpan(0, size));
        var first = 0;
        foreach (var (job, row, count) in parts)
        {
            scores.AsSpan(first, count).CopyTo(job.Logits.AsSpan(row));
            first += count;
        }

        metrics.CountBatch(size);
        scorer.Batch.Size = 0;
        parts.Clear();
    }
}

using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace AutoDim.Numerics;

/// <summary>
/// Jobs that do not need each other, side by side: each works on a pool of its own with its share of the threads. A small model's steps are too short for many
/// threads to share, so several trainings at once keep a machine of many cores busy where one cannot.
/// </summary>
internal sealed class ParallelJobs : IDisposable
{
    private readonly BlockingCollection<WorkerPool> free = [];
    private readonly WorkerPool[] own;

    /// <param name="whole">The pool whose threads are shared out; with one lane it is that lane.</param>
    /// <param name="count">Jobs at a time, from 1.</param>
    public ParallelJobs(WorkerPool whole, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        own = count == 1 ? [] : [.. Enumerable.Range(0, count).Select(_ => new WorkerPool(Math.Max(1, whole.ThreadCount / count)) { TableFolder = whole.TableFolder })];
        foreach (var lane in count == 1 ? [whole] : own) free.Add(lane);
    }

    /// <summary>Jobs at a time.</summary>
    public int Count { get; }

    /// <summary>Does every item's job and returns their results in the items' order. A job takes a lane where it computes, not while it waits for another's result.</summary>
    /// <remarks>Of jobs that fail the first one's exception is thrown, when all have ended.</remarks>
    public TResult[] Select<TItem, TResult>(IReadOnlyList<TItem> items, Func<TItem, TResult> job)
    {
        if (Count == 1 || items.Count < 2) return [.. items.Select(job)];
        var results = new TResult[items.Count];
        var failures = new ExceptionDispatchInfo?[items.Count];
        Thread[] threads = [.. items.Select((item, i) => new Thread(() =>
        {
            try
            {
                results[i] = job(item);
            }
            catch (Exception exception)
            {
                failures[i] = ExceptionDispatchInfo.Capture(exception);
            }
        }) { IsBackground = true, Name = $"AutoDim job {i + 1}" })];
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        foreach (var failure in failures) failure?.Throw();
        return results;
    }

    /// <summary>Computes on a lane, when one is free.</summary>
    public TResult On<TResult>(Func<WorkerPool, TResult> work)
    {
        var lane = free.Take();
        try
        {
            return work(lane);
        }
        finally
        {
            free.Add(lane);
        }
    }

    public void Dispose()
    {
        foreach (var lane in own) lane.Dispose();
        free.Dispose();
    }
}

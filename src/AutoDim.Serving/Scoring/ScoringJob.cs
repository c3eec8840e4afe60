using System.Diagnostics;
using AutoDim.Export;

namespace AutoDim.Serving.Scoring;

/// <summary>A request's rows on their way through the queue.</summary>
internal sealed class ScoringJob(EncodedRows rows)
{
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool isAbandoned;

    public EncodedRows Rows => rows;

    /// <summary>Log-odds of each row, once <see cref="Done"/>.</summary>
    public float[] Logits { get; } = new float[rows.Count];

    /// <summary>The probability of a row's click, as predict writes it.</summary>
    public double Probability(int row) => 1 / (1 + Math.Exp(-Logits[row]));

    /// <summary>The rows' places: all of them, or the best by score.</summary>
    /// <param name="isSorted">Best first; equals, and all where false, in the order given.</param>
    public IEnumerable<int> Ranked(int top, bool isSorted)
    {
        var places = Enumerable.Range(0, Logits.Length);
        return (isSorted ? places.OrderByDescending(place => Logits[place]) : places).Take(top);
    }

    public long Enqueued { get; } = Stopwatch.GetTimestamp();

    public Task Done => done.Task;

    /// <summary>Whether nobody waits for it any more.</summary>
    public bool IsAbandoned => isAbandoned;

    public void Abandon() => isAbandoned = true;

    public void Complete() => done.SetResult();

    public void Fail(Exception exception) => done.SetException(exception);
}

using System.Diagnostics;
using System.Globalization;
using AutoDim.Numerics;

namespace AutoDim.Training;

/// <summary>
/// What ranks tell each other after every step, in one sum: whether anyone is to stop, and, every <see cref="Window"/> steps, how long each computed in
/// them. All wait for the slowest, so one that takes <see cref="Factor"/> times the median is named, and again each minute for as long as it is slow.
/// </summary>
/// <param name="onSlow">Told of a slow rank, on every rank; null: nobody is.</param>
internal sealed class RankPace(Ranks ranks, Action<string>? onSlow)
{
    /// <summary>Of the median rank's time.</summary>
    public const double Factor = 1.5;

    /// <summary>Steps.</summary>
    public const int Window = 50;

    private const double SecondsBetween = 60;

    private readonly double[] message = new double[1 + ranks.Count], sorted = new double[ranks.Count];
    private readonly double[] slowFor = new double[ranks.Count], namedAt = new double[ranks.Count];
    private double computed;
    private long start = Stopwatch.GetTimestamp();
    private double messagesBefore = ranks.Traffic.Seconds;
    private int steps;

    /// <summary>Ends a step; whether any rank is to stop.</summary>
    public bool EndStep(bool stop)
    {
        if (!ranks.AreSeveral) return stop;
        computed += Stopwatch.GetElapsedTime(start).TotalSeconds - (ranks.Traffic.Seconds - messagesBefore);
        var isWindowOver = ++steps == Window;
        message.AsSpan().Clear();
        (message[0], message[1 + ranks.Rank]) = (stop ? 1 : 0, computed);
        ranks.Sum(message.AsSpan(0, isWindowOver ? message.Length : 1));
        Restart();
        if (isWindowOver) EndWindow(message.AsSpan(1));
        return message[0] > 0;
    }

    /// <summary>Leaves out what was done since the last step, such as writing a checkpoint, which the first rank does for all.</summary>
    public void Restart() => (start, messagesBefore) = (Stopwatch.GetTimestamp(), ranks.Traffic.Seconds);

    /// <param name="seconds">Of each rank: the same numbers on all, so that all come to the same.</param>
    private void EndWindow(Span<double> seconds)
    {
        seconds.CopyTo(sorted);
        Array.Sort(sorted);
        var median = sorted[(sorted.Length - 1) / 2]; // of two, the faster
        for (var rank = 0; rank < seconds.Length; rank++)
        {
            if (seconds[rank] > Factor * median) Note(rank, seconds[rank], median);
            else slowFor[rank] = 0;
        }

        (computed, steps) = (0, 0);
    }

    private void Note(int rank, double seconds, double median)
    {
        if (slowFor[rank] == 0) namedAt[rank] = -SecondsBetween;
        slowFor[rank] += seconds;
        if (slowFor[rank] - namedAt[rank] < SecondsBetween) return;
        namedAt[rank] = slowFor[rank];
        onSlow?.Invoke(string.Create(CultureInfo.InvariantCulture, $"rank {rank} of {ranks.Count} is slow, for {slowFor[rank]:F0} s by now: {1000 * seconds / Window:F1} ms a step, {seconds / median:F1} times the median rank's {1000 * median / Window:F1} ms; all wait for it: look at what else runs on its machine, at its clock and its memory"));
    }
}

using System.Diagnostics;

namespace AutoDim.Autograd;

/// <summary>Where a step's time goes, for benchmarks: a part lasts until the next one begins.</summary>
internal sealed class StepClock
{
    private readonly Dictionary<string, long> ticks = [];
    private string? part;
    private long since;

    /// <summary>Seconds of each part so far.</summary>
    public IReadOnlyDictionary<string, double> Seconds => ticks.ToDictionary(entry => entry.Key, entry => Stopwatch.GetElapsedTime(0, entry.Value).TotalSeconds);

    /// <summary>Ends the part under way and begins another; null: none.</summary>
    public void Begin(string? next)
    {
        var now = Stopwatch.GetTimestamp();
        if (part != null) ticks[part] = ticks.GetValueOrDefault(part) + (now - since);
        (part, since) = (next, now);
    }

    /// <summary>The forward (or backward) pass of an operation.</summary>
    public void Begin(Operation operation, bool backward = false) => Begin(backward ? $"{operation.GetType().Name} backward" : operation.GetType().Name);
}

using System.Diagnostics;

namespace AutoDim.Numerics;

/// <summary>What a process has sent to the others so far, and the time it spent at that: sending, and waiting for those that were not there yet.</summary>
internal sealed class RankTraffic
{
    private long ticks;

    /// <summary>Messages in which everyone sends to everyone.</summary>
    public long Exchanges { get; private set; }

    /// <summary>Bytes that this one sent to others in exchanges.</summary>
    public long SentBytes { get; private set; }

    /// <summary>Sums over all.</summary>
    public long Sums { get; private set; }

    /// <summary>Bytes of the numbers summed.</summary>
    public long SummedBytes { get; private set; }

    /// <summary>Seconds within exchanges, sums, broadcasts and waits.</summary>
    public double Seconds => (double)ticks / Stopwatch.Frequency;

    /// <summary>What came after an earlier state of the same.</summary>
    public RankTraffic Since(RankTraffic earlier) => new()
    {
        ticks = ticks - earlier.ticks,
        Exchanges = Exchanges - earlier.Exchanges,
        SentBytes = SentBytes - earlier.SentBytes,
        Sums = Sums - earlier.Sums,
        SummedBytes = SummedBytes - earlier.SummedBytes,
    };

    /// <summary>As it is now; this one goes on.</summary>
    public RankTraffic Copy() => Since(new RankTraffic());

    /// <param name="start">Of <see cref="Stopwatch.GetTimestamp"/>, before the call.</param>
    public void CountExchange(long sentBytes, long start)
    {
        Exchanges++;
        SentBytes += sentBytes;
        CountTime(start);
    }

    /// <inheritdoc cref="CountExchange"/>
    public void CountSum(long bytes, long start)
    {
        Sums++;
        SummedBytes += bytes;
        CountTime(start);
    }

    /// <inheritdoc cref="CountExchange"/>
    public void CountTime(long start) => ticks += Stopwatch.GetTimestamp() - start;
}

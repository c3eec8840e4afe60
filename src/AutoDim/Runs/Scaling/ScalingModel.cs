using AutoDim.Numerics;

namespace AutoDim.Runs.Scaling;

/// <summary>
/// How long a step takes on N ranks, each with a share b = B/N of the batch:
///   computing a + c·b, rows of other ranks r·(bytes handled), and messages: exchanges, and sums of dense gradients and of statistics over the batch.
/// a, c and r are measured on one process, r among copies of it (<see cref="EchoRanks"/>); the messages' time is the network's. Nothing overlaps, as in training.
/// Ranks are taken to be alike: no waiting for a slower one, nor for memory or caches that ranks on one machine share.
/// </summary>
/// <param name="PerStep">a, seconds.</param>
/// <param name="PerSample">c, seconds.</param>
/// <param name="PerRowByte">r, seconds.</param>
/// <param name="Sums">Sums a step.</param>
/// <param name="SummedBytes">Bytes of the numbers summed in a step.</param>
internal sealed record ScalingModel(StepCounts Counts, double PerStep, double PerSample, double PerRowByte, double Sums, double SummedBytes)
{
    /// <summary>Larger batches are not measured: a sample takes no longer in them.</summary>
    public const int LargestBatch = 8192;

    private const int Copies = 8;

    /// <summary>Shares of the batch that are timed: as one rank, and as so many, have them.</summary>
    private static readonly int[] Parts = [1, 4, 16, 64];

    /// <summary>Times some steps of this process by itself.</summary>
    /// <param name="steps">Of the whole batch; of smaller ones more, to the same number of samples.</param>
    /// <param name="replicatedBytes">Bytes of rows up to which every rank has a table whole.</param>
    public static ScalingModel Measure(StepTimer timer, StepCounts counts, int batchSize, long replicatedBytes, int steps)
    {
        var batch = Math.Max(Parts[^1], Math.Min(batchSize, LargestBatch));
        var (perStep, perSample) = Fit([.. Parts.Select(part => ((double)(batch / part), timer.Measure(Ranks.One, batch / part, steps * part).Median))]);
        using var echo = new EchoRanks(Copies) { ReplicatedBytes = replicatedBytes };
        var together = timer.Measure(echo, batch, steps * Copies);
        return new ScalingModel(counts, perStep, perSample, together.Summing / counts.MergedBytes(Copies, batch), (double)together.Traffic.Sums / together.Steps, (double)together.Traffic.SummedBytes / together.Steps);
    }

    public ScalingPoint Predict(int ranks, int batchSize, NetworkSpeed network)
    {
        var sent = Counts.SentBytes(ranks, batchSize);
        var one = PerStep + (PerSample * batchSize);
        var point = new ScalingPoint
        {
            Ranks = ranks,
            ComputeSeconds = PerStep + (PerSample * batchSize / ranks),
            RowSeconds = PerRowByte * Counts.HandledBytes(ranks, batchSize),
            ExchangeSeconds = ranks == 1 ? 0 : network.Exchanges(ranks, Counts.Exchanges, sent),
            SumSeconds = ranks == 1 ? 0 : network.Sums(ranks, Sums, SummedBytes),
            ExchangedBytes = (long)sent,
            SummedBytes = ranks == 1 ? 0 : (long)(2 * SummedBytes * (ranks - 1) / ranks),
        };
        return point with { SamplesPerSecond = batchSize / point.StepSeconds, Efficiency = one / (ranks * point.StepSeconds) };
    }

    /// <summary>The line through (samples, seconds) with the least squares of relative errors; nothing takes less than no time.</summary>
    internal static (double PerStep, double PerSample) Fit(IReadOnlyList<(double Samples, double Seconds)> measured)
    {
        double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
        foreach (var (x, y) in measured)
        {
            var weight = 1 / (y * y);
            w += weight;
            wx += weight * x;
            wxx += weight * x * x;
            wy += weight * y;
            wxy += weight * x * y;
        }

        var slope = ((w * wxy) - (wx * wy)) / ((w * wxx) - (wx * wx));
        var start = (wy - (slope * wx)) / w;
        return start >= 0 ? (start, slope) : (0, wxy / wxx);
    }
}

/// <summary>A training step on so many ranks.</summary>
internal sealed record ScalingPoint
{
    public int Ranks { get; init; }

    public double StepSeconds => ComputeSeconds + RowSeconds + ExchangeSeconds + SumSeconds;

    /// <summary>Of which for this rank's samples.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>For rows that come from other ranks or go there.</summary>
    public double RowSeconds { get; init; }

    /// <summary>For exchanges of rows.</summary>
    public double ExchangeSeconds { get; init; }

    /// <summary>For sums of dense gradients and statistics.</summary>
    public double SumSeconds { get; init; }

    public double SamplesPerSecond { get; init; }

    /// <summary>Samples a second, over those of one rank times the ranks.</summary>
    public double Efficiency { get; init; }

    /// <summary>Bytes of rows that a rank sends.</summary>
    public long ExchangedBytes { get; init; }

    /// <summary>Bytes that a rank sends for sums.</summary>
    public long SummedBytes { get; init; }

    /// <summary>Bytes of tables and their optimiser's state on each rank.</summary>
    public long TableBytes { get; init; }

    /// <summary>How many tables are spread over the ranks.</summary>
    public int SpreadTables { get; init; }
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Runs.Scaling;

/// <summary>What a training step costs on the ranks at hand, measured, and by the model of it. Means over ranks.</summary>
internal sealed record StepCost
{
    private const int StepsAlone = 6;

    /// <summary>Of the whole batch.</summary>
    public int BatchSize { get; init; }

    public int Steps { get; init; }

    public double StepSeconds { get; init; }

    /// <summary>Within messages: their own time, and waiting for ranks that were not there yet.</summary>
    public double MessageSeconds { get; init; }

    public double SamplesPerSecond { get; init; }

    /// <summary>Bytes of rows that a rank sends.</summary>
    public double ExchangedBytes { get; init; }

    /// <summary>Messages: exchanges, and sums.</summary>
    public double Exchanges { get; init; }

    /// <inheritdoc cref="Exchanges"/>
    public double Sums { get; init; }

    /// <summary>By <see cref="ScalingModel"/>, from steps that each rank made by itself while the others did too, and from the speed of messages.</summary>
    public ScalingPoint Expected { get; init; } = new();

    /// <summary>All ranks call it together.</summary>
    public static StepCost Measure(ClickData data, TrainJobOptions options, WorkerPool pool, RunObserver observer, NetworkSpeed network, int steps)
    {
        var (ranks, training) = (pool.Ranks, options.Training.For(data));
        var entry = ModelCatalog.Find(options.Model);
        var estimate = new RunEstimate(data.Fields, data.Train.RowCount, data.Valid.RowCount, 0, new RunOptions { Model = options.Model, Dim = options.Dim, Training = training, ModelOptions = options.ModelOptions }, pool);
        TablePlanner.Choose(pool, data, entry, options.ModelOptions, training, [.. data.Fields.Select(_ => options.Dim)], observer);
        var replicatedBytes = ranks.ReplicatedBytes ?? Ranks.DefaultReplicatedBytes;
        var timer = new StepTimer(data, entry, options.ModelOptions, EmbeddingPlan.Uniform(data.Fields, options.Dim), training, pool.ThreadCount);
        ranks.Wait();
        var alone = ScalingModel.Measure(timer, new StepCounts(estimate.Placements(2, replicatedBytes), DistinctValues.Of(data)), training.BatchSize, replicatedBytes, StepsAlone);
        var together = timer.Measure(ranks, training.BatchSize, steps);
        double[] means = [alone.PerStep, alone.PerSample, alone.PerRowByte, together.Mean, together.Traffic.Seconds / steps, (double)together.Traffic.SentBytes / steps];
        ranks.Sum(means.AsSpan());
        for (var i = 0; i < means.Length; i++) means[i] /= ranks.Count;
        return new StepCost
        {
            BatchSize = training.BatchSize,
            Steps = steps,
            StepSeconds = means[3],
            MessageSeconds = means[4],
            SamplesPerSecond = training.BatchSize / means[3],
            ExchangedBytes = means[5],
            Exchanges = (double)together.Traffic.Exchanges / steps,
            Sums = (double)together.Traffic.Sums / steps,
            Expected = (alone with { PerStep = means[0], PerSample = means[1], PerRowByte = means[2] }).Predict(ranks.Count, training.BatchSize, network) with { TableBytes = estimate.Placements(ranks.Count, replicatedBytes).Sum(place => place.BytesPerRank) },
        };
    }
}

using System.Diagnostics;
using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Runs.Scaling;

/// <summary>Times training steps of a model, as this process makes them by itself or together with others.</summary>
internal sealed class StepTimer(ClickData data, ModelCatalog.Entry entry, ModelOptions modelOptions, EmbeddingPlan plan, TrainingOptions training, int threads)
{
    private const int WarmUps = 3;

    /// <param name="batchSize">Of the whole batch.</param>
    public StepTime Measure(Ranks ranks, int batchSize, int steps)
    {
        using var pool = new WorkerPool(threads) { Ranks = ranks };
        using var model = entry.Create(ModelContext.Planned(data.Fields, plan, modelOptions, training.Seed, pool));
        using var learner = new Learner(model, training with { BatchSize = batchSize });
        var sampler = new BatchSampler(data.Train, batchSize, training.Seed, ranks);
        var pace = new RankPace(ranks, null);
        for (var step = 0; step < WarmUps; step++) Step();
        var parts = learner.Tape.Clock = new StepClock();
        ranks.Wait();
        var before = ranks.Traffic.Copy();
        var (clock, seconds) = (Stopwatch.StartNew(), new double[steps]);
        for (var step = 0; step < steps; step++)
        {
            var start = Stopwatch.GetTimestamp();
            Step();
            seconds[step] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        ranks.Wait();
        var mean = clock.Elapsed.TotalSeconds / steps;
        Array.Sort(seconds);
        return new StepTime(mean, seconds[steps / 2], parts.Seconds.GetValueOrDefault(Learner.Summing) / steps, ranks.Traffic.Since(before), steps);

        // As Trainer does.
        void Step()
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
            pace.EndStep(false);
        }
    }
}

/// <summary>Steps that were timed.</summary>
/// <param name="Mean">Seconds of one.</param>
/// <param name="Summing">Seconds of one in which gradients of all ranks are added up.</param>
/// <param name="Traffic">Of all.</param>
internal sealed record StepTime(double Mean, double Median, double Summing, RankTraffic Traffic, int Steps);

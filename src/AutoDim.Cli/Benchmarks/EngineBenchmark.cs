using System.Diagnostics;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Training;

namespace AutoDim.Cli.Benchmarks;

/// <summary>
/// One job on one workload in this engine: whole steps as training makes them, reading of the batch included. As in the peer
/// script, no BatchNorm, dropout, clipping or L2.
/// </summary>
internal sealed class EngineBenchmark : IDisposable
{
    private const int Batches = 12;
    private const int WarmUpSteps = Batches;

    private readonly Workload workload;
    private readonly Action step;
    private readonly Action dispose;

    public EngineBenchmark(Workload workload, Job job, WorkerPool pool)
    {
        this.workload = workload;
        var log = workload.Generate(Batches);
        var model = new ModelOptions { Hidden = workload.Hidden, BatchNorm = false, Dropout = 0, InitialDeviation = 0.01 };
        var training = new TrainingOptions { BatchSize = workload.Batch, ClipNorm = 0, Tables = new TableOptimizerOptions { Dense = job == Job.DeepFM } };
        (step, dispose) = job == Job.AutoDim ? Search(log, model, training, pool) : Plain(log, model, training, pool);
        for (var i = 0; i < WarmUpSteps; i++) step();
    }

    /// <summary>Steps for about so many seconds.</summary>
    public Timing Run(double seconds)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var cpu = Environment.CpuUsage.TotalTime;
        var (steps, start) = (0L, Stopwatch.GetTimestamp());
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; steps++) step();
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        return new Timing(steps * workload.Batch / elapsed, cpu.TotalMilliseconds / steps, (GC.GetTotalAllocatedBytes(precise: true) - before) / steps);
    }

    public void Dispose() => dispose();

    private (Action Step, Action Dispose) Plain(MemorySplit log, ModelOptions options, TrainingOptions training, WorkerPool pool)
    {
        var plan = EmbeddingPlan.Uniform(workload.Fields, workload.EmbeddingDim);
        var model = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(workload.Fields, plan, options, 1, pool));
        var learner = new Learner(model, training);
        var sampler = new BatchSampler(log, workload.Batch, 1);
        return (Step, Dispose);

        void Step()
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
        }

        void Dispose()
        {
            learner.Dispose();
            model.Dispose();
        }
    }

    private (Action Step, Action Dispose) Search(MemorySplit log, ModelOptions options, TrainingOptions training, WorkerPool pool)
    {
        // So many epochs that τ hardly cools while measuring: at a low temperature candidates underflow to no work at all.
        var search = new AutoDimOptions { Candidates = workload.Candidates, Epochs = 1000, WarmUp = 0, UpdateEvery = 1 };
        var data = new ClickData("bench", workload.Fields, log, log, log, "");
        var run = new AutoDimSearch(ModelCatalog.Find("deepfm"), options, training, search, data, pool);
        return (run.NextStep, run.Dispose);
    }
}

/// <summary>What a timed run gave.</summary>
/// <param name="SamplesPerSecond">Training samples; a search step's validation batch is not counted.</param>
/// <param name="CpuMilliseconds">Of all threads, a step.</param>
/// <param name="AllocatedPerStep">Managed bytes, over all threads.</param>
internal readonly record struct Timing(double SamplesPerSecond, double CpuMilliseconds, long AllocatedPerStep);

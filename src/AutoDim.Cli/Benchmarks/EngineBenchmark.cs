using System.Diagnostics;
using AutoDim.Autograd;
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
    private readonly StepClock? clock;
    private Learner learner = null!;

    /// <param name="clock">Told what each step does; null: no one.</param>
    /// <param name="plan">Dimensions of a plain job; null: the workload's everywhere.</param>
    /// <param name="model">Of a plain job.</param>
    public EngineBenchmark(Workload workload, Job job, WorkerPool pool, StepClock? clock = null, EmbeddingPlan? plan = null, string model = "deepfm")
    {
        this.workload = workload;
        this.clock = clock;
        var log = workload.Generate(Batches);
        var options = new ModelOptions { Hidden = workload.Hidden, BatchNorm = false, Dropout = 0, InitialDeviation = 0.01 };
        var training = new TrainingOptions { BatchSize = workload.Batch, ClipNorm = 0, Tables = new TableOptimizerOptions { Dense = job == Job.DeepFM } };
        (step, dispose) = job.UpdateEvery is { } every ? Search(log, options, training, pool, every) : Plain(log, model, options, training, pool, plan);
        learner.Tape.Clock = clock;
        for (var i = 0; i < WarmUpSteps; i++) step();
    }

    /// <summary>Distinct rows of the last batch, over all fields.</summary>
    public long DistinctRows => learner.Input.Fields.Sum(rows => (long)rows.Count);

    /// <summary>The model that is trained.</summary>
    public CtrModel Model => learner.Model;

    /// <summary>One step; for tests.</summary>
    public void Step() => step();

    /// <summary>Steps for about so many seconds.</summary>
    public Timing Run(double seconds)
    {
        var cpu = Environment.CpuUsage.TotalTime;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var (steps, start) = (0L, Stopwatch.GetTimestamp());
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; steps++) step();
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        return new Timing(steps, steps * workload.Batch / elapsed, cpu.TotalMilliseconds / steps, allocated / steps);
    }

    public void Dispose() => dispose();

    private (Action Step, Action Dispose) Plain(MemorySplit log, string name, ModelOptions options, TrainingOptions training, WorkerPool pool, EmbeddingPlan? planned)
    {
        var plan = planned ?? EmbeddingPlan.Uniform(workload.Fields, workload.EmbeddingDim);
        var model = ModelCatalog.Find(name).Create(ModelContext.Planned(workload.Fields, plan, options, 1, pool));
        learner = new Learner(model, training);
        var sampler = new BatchSampler(log, workload.Batch, 1);
        return (Step, Dispose);

        void Step()
        {
            clock?.Begin("read batch");
            sampler.Next(learner.Input.Batch);
            learner.Step();
        }

        void Dispose()
        {
            learner.Dispose();
            model.Dispose();
        }
    }

    private (Action Step, Action Dispose) Search(MemorySplit log, ModelOptions options, TrainingOptions training, WorkerPool pool, int updateEvery)
    {
        // So many epochs that τ hardly cools while measuring: at a low temperature candidates underflow to no work at all.
        var search = new AutoDimOptions { Candidates = workload.Candidates, Epochs = 1000, WarmUp = 0, UpdateEvery = updateEvery };
        var data = new ClickData("bench", workload.Fields, log, log, log, "");
        var run = new AutoDimSearch(ModelCatalog.Find("deepfm"), options, training, search, data, pool);
        learner = run.Learner;
        return (Step, run.Dispose);

        void Step()
        {
            clock?.Begin("read batch");
            run.NextStep();
        }
    }
}

/// <summary>What a timed run gave.</summary>
/// <param name="Steps">Made.</param>
/// <param name="SamplesPerSecond">Training samples; a search step's validation batch is not counted.</param>
/// <param name="CpuMilliseconds">Of all threads, a step.</param>
/// <param name="AllocatedPerStep">Managed bytes, over all threads.</param>
internal readonly record struct Timing(long Steps, double SamplesPerSecond, double CpuMilliseconds, long AllocatedPerStep);

using System.Diagnostics;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Cli.Benchmarks;

/// <summary>What comes after a search: slim models' training steps, scoring on one core, evaluation, and what a search costs in memory.</summary>
internal static class ServingSheet
{
    private const int ScoredBatches = 12;
    private const int EvaluatedScores = 10_000_000;
    private static readonly int[] Shares = [100, 50, 25, 12];

    public static Sheet Measure(Workload workload, WorkerPool pool, double seconds, Action<string> say)
    {
        var sheet = new Sheet("bench-serving", ("what", null), ("figure", "N2"), ("unit", null));
        void Add(string what, double figure, string unit)
        {
            sheet.Add(what, figure, unit);
            say($"{what}: {figure:N2} {unit}");
        }

        var log = workload.Generate(ScoredBatches);
        double? full = null;
        foreach (var share in Shares)
        {
            var plan = Plan(workload, share);
            using var benchmark = new EngineBenchmark(workload, Job.DeepFMSparse, pool, plan: plan);
            var step = 1000 * workload.Batch / benchmark.Run(seconds).SamplesPerSecond;
            Add($"training step, dimension sum {plan.Fields.Sum(field => field.Dim)}", step / (full ??= step), "of the full model's");
        }

        using var one = new WorkerPool(1);
        Add("scoring, one core: FM of dimension 16", Score("fm", Plan(workload, 100), workload, log, one, seconds), "rows/s");
        Add("scoring, one core: DeepFM, full", Score("deepfm", Plan(workload, 100), workload, log, one, seconds), "rows/s");
        Add("scoring, one core: DeepFM, slim to 25%", Score("deepfm", Plan(workload, 25), workload, log, one, seconds), "rows/s");
        Add("exact AUC of 10^7 scores", Evaluate(), "s");
        var plain = Memory(workload, Job.DeepFMSparse, pool);
        Add("memory of a search step", Memory(workload, Job.AutoDim, pool) / plain, "of a plain step's");
        return sheet;
    }

    /// <summary>Dimensions for a share of the full sum: the largest fields keep most, as a search gives them.</summary>
    public static EmbeddingPlan Plan(Workload workload, int share)
    {
        var left = workload.Cardinalities.Length * workload.EmbeddingDim * share / 100;
        var dims = Enumerable.Repeat(workload.Candidates[0], workload.Cardinalities.Length).ToArray();
        left -= dims.Sum();
        foreach (var m in Enumerable.Range(0, dims.Length).OrderByDescending(m => workload.Cardinalities[m]))
        {
            var more = Math.Clamp(left, 0, (int)Math.Min(workload.EmbeddingDim, Math.Max(dims[m], share == 100 ? workload.EmbeddingDim : workload.Cardinalities[m])) - dims[m]);
            dims[m] += more;
            left -= more;
        }

        return EmbeddingPlan.Of(workload.Fields, dims);
    }

    private static double Score(string name, EmbeddingPlan plan, Workload workload, MemorySplit log, WorkerPool pool, double seconds)
    {
        var options = new ModelOptions { Hidden = workload.Hidden, BatchNorm = false, Dropout = 0 };
        using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(workload.Fields, plan, options, 1, pool));
        using var scorer = new Scorer(model, 4096);
        scorer.Score(log);
        var (rows, start) = (0L, Stopwatch.GetTimestamp());
        for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; rows += log.RowCount) scorer.Score(log);
        return rows / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Evaluate()
    {
        var random = new CounterRandom(3, 0xE7A1);
        var (scores, labels) = (new float[EvaluatedScores], new float[EvaluatedScores]);
        for (var i = 0; i < scores.Length; i++) (scores[i], labels[i]) = ((float)random.Normal(i), random.Below(i, 4) == 0 ? 1 : 0);
        var start = Stopwatch.GetTimestamp();
        Auc.Compute(scores, labels);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Bytes that a job holds: tables, optimiser state, activations, index.</summary>
    private static double Memory(Workload workload, Job job, WorkerPool pool)
    {
        var before = MemoryUse.Held;
        using var benchmark = new EngineBenchmark(workload, job, pool);
        return MemoryUse.Held - before;
    }
}

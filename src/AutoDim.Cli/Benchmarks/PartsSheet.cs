using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Cli.Benchmarks;

/// <summary>
/// A roofline of a step: how long each part takes, its arithmetic and its bytes, and how near it comes to the bound that it meets first,
/// the matrix product's peak or the memory's. Arithmetic is counted as written, with the first layer once per sample.
/// </summary>
internal static class PartsSheet
{
    private static readonly Dictionary<string, string> PartOf = new()
    {
        ["FieldLinear"] = "first product",
        ["FieldLinear backward"] = "first product, backward",
        ["Linear"] = "hidden products",
        ["Linear backward"] = "hidden products, backward",
        ["CollapsedMixture"] = "search layer",
        ["FieldGains"] = "search layer",
        ["GumbelSoftmax"] = "search layer",
        ["CollapsedMixture backward"] = "search layer, backward",
        ["FieldGains backward"] = "search layer, backward",
        ["GumbelSoftmax backward"] = "search layer, backward",
        ["FactorizationMachine"] = "factorization machine",
        ["FactorizationMachine backward"] = "factorization machine",
        ["read batch"] = "read batch",
        ["distinct rows"] = "distinct rows",
        ["gather"] = "gather",
        ["table optimiser"] = "table optimiser",
        ["dense optimiser"] = "dense optimiser",
    };

    public static Sheet Measure(IReadOnlyDictionary<string, Workload> workloads, WorkerPool pool, MachinePeaks peaks, double seconds)
    {
        var sheet = new Sheet("bench-parts", ("workload", null), ("job", null), ("part", null), ("ms a step", "F2"), ("of the step", "P0"), ("GFLOP", "F2"), ("MB", "F1"), ("bound", null), ("of the bound", "P0"));
        foreach (var (name, workload) in workloads)
        {
            foreach (var job in (Job[])[Job.DeepFMSparse, Job.AutoDim])
            {
                var clock = new StepClock();
                using var benchmark = new EngineBenchmark(workload, job, pool, clock);
                var before = clock.Seconds;
                var steps = benchmark.Run(seconds).Steps;
                var parts = clock.Seconds
                    .Select(entry => (Part: PartOf.GetValueOrDefault(entry.Key, "first order, sums, loss"), Milliseconds: 1000 * (entry.Value - before.GetValueOrDefault(entry.Key)) / steps))
                    .GroupBy(entry => entry.Part, (part, entries) => (Part: part, Milliseconds: entries.Sum(entry => entry.Milliseconds)))
                    .OrderByDescending(entry => entry.Milliseconds).ToArray();
                var total = parts.Sum(part => part.Milliseconds);
                foreach (var (part, milliseconds) in parts)
                {
                    var (gigaflop, megabytes, random) = Work(part, workload, job, benchmark.DistinctRows);
                    var (compute, memory) = (1000 * gigaflop / peaks.GemmGflops, megabytes / (random ? peaks.GatherGigabytes : peaks.ReadGigabytes));
                    var bound = Math.Max(compute, memory);
                    sheet.Add(
                        name, job.Name, part, milliseconds, milliseconds / total, gigaflop > 0 ? gigaflop : null, megabytes > 0 ? megabytes : null,
                        bound == 0 ? "" : compute >= memory ? "product" : random ? "random rows" : "memory", bound == 0 ? null : bound / milliseconds);
                }
            }
        }

        return sheet;
    }

    /// <summary>What a part does in a step: GFLOP, MB, and whether the bytes are random rows.</summary>
    private static (double Gigaflop, double Megabytes, bool IsRandom) Work(string part, Workload workload, Job job, long distinctRows)
    {
        var passes = job == Job.AutoDim ? 2 : 1; // a search step goes over a validation batch too, without weight gradients
        double Product(long multiplications, int times) => 2e-9 * workload.Batch * multiplications * times;
        var width = job == Job.AutoDim ? workload.Candidates[^1] : workload.EmbeddingDim;
        var first = (long)workload.Cardinalities.Length * width * workload.Hidden[0];
        var hidden = workload.DenseMultiplications - ((long)workload.Cardinalities.Length * workload.EmbeddingDim * workload.Hidden[0]);
        const int AdamNumbers = 6; // weight and two moments, read and written
        return part switch
        {
            "first product" => (Product(first, passes), 0, false),
            "first product, backward" => (Product(first, passes + 1), 0, false),
            "hidden products" => (Product(hidden, passes), 0, false),
            "hidden products, backward" => (Product(hidden, passes + 1), 0, false),
            "search layer" => (2e-9 * passes * distinctRows * 2 * width * width, 0, false),
            "search layer, backward" => (2e-9 * passes * distinctRows * 2.5 * width * width, 0, false),
            "gather" => (0, 1e-6 * passes * distinctRows * width * sizeof(float), true),
            "table optimiser" => (0, 1e-6 * distinctRows * AdamNumbers * (width + 1) * sizeof(float), true),
            "read batch" => (0, 1e-6 * passes * workload.Batch * workload.Cardinalities.Length * 2 * sizeof(long), false),
            "distinct rows" => (0, 1e-6 * passes * workload.Batch * workload.Cardinalities.Length * 2 * sizeof(long), false),
            "dense optimiser" => (0, 1e-6 * (first + hidden) * (AdamNumbers + 1) * sizeof(float), false),
            _ => (0, 0, false),
        };
    }
}

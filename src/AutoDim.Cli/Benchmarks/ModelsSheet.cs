using AutoDim.Autograd;
using AutoDim.Models;
using AutoDim.Numerics;

namespace AutoDim.Cli.Benchmarks;

/// <summary>
/// Training steps of every model on one workload beside DeepFM's, and their arithmetic against the matrix product's peak. What a model
/// multiplies is counted from its weights and how often a sample meets each: once, or once for each field, pair or coordinate.
/// </summary>
internal static class ModelsSheet
{
    public static Sheet Measure(Workload workload, WorkerPool pool, MachinePeaks peaks, double seconds, Action<string> say)
    {
        var sheet = new Sheet("bench-models", ("model", null), ("samples/s", "N0"), ("of DeepFM's", "F2"), ("million multiplications a sample", "F2"), ("GFLOP/s", "F1"), ("of the peak", "P0"));
        var measured = ModelCatalog.All.Where(entry => !entry.ReadsSequences).Select(entry => Speed(entry.Name)).ToArray();
        var deepfm = measured.Single(model => model.Name == "deepfm").Samples;
        foreach (var (name, samples, multiplications) in measured)
        {
            var gigaflops = 1e-9 * samples * multiplications * 2 * 3; // forward, and twice as much backward
            sheet.Add(name, samples, samples / deepfm, 1e-6 * multiplications, gigaflops, gigaflops / peaks.GemmGflops);
        }

        return sheet;

        (string Name, double Samples, long Multiplications) Speed(string name)
        {
            using var benchmark = new EngineBenchmark(workload, Job.DeepFMSparse, pool, model: name);
            var samples = benchmark.Run(seconds).SamplesPerSecond;
            say($"{name}: {samples:N0} samples/s");
            return (name, samples, Multiplications(benchmark.Model, workload));
        }
    }

    /// <summary>Multiplications of a sample's forward pass.</summary>
    public static long Multiplications(CtrModel model, Workload workload)
    {
        long fields = workload.Cardinalities.Length, dim = workload.EmbeddingDim, pairs = fields * (fields - 1) / 2;
        var products = model switch
        {
            FM or DeepFM or NFM or FwFM or AutoFIS or PNN => pairs * dim,
            FFM => dim * fields / 2,
            AFM => 2 * pairs * dim,
            AutoInt => 2L * model.Context.Options.AttentionLayers * fields * fields * model.Context.Options.AttentionUnits,
            _ => 0,
        };
        return products + model.Parameters.Sum(parameter => parameter.Values.Length * Times(model, parameter, fields, pairs, dim));
    }

    /// <summary>How often a sample meets a weight.</summary>
    private static long Times(CtrModel model, Parameter parameter, long fields, long pairs, long dim) => model switch
    {
        AutoInt when parameter.Name.StartsWith("attention.", StringComparison.Ordinal) => fields,
        AFM when parameter.Name.StartsWith("attention.", StringComparison.Ordinal) => pairs,
        XDeepFM when parameter.Name.StartsWith("interaction.", StringComparison.Ordinal) && parameter.Columns > 1 => dim,
        _ => 1,
    };
}

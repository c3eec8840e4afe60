using System.Diagnostics;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Training;

namespace AutoDim.Cli.Benchmarks;

/// <summary>Our scorer beside ONNX Runtime on the exported graph of the same model: one core each, in turns, the same samples again and again.</summary>
internal static class RuntimesSheet
{
    private const int Turns = 3;
    private static readonly int[] Batches = [1, 64, 4096];

    public static Sheet Measure(Workload workload, double seconds, Action<string> say)
    {
        var sheet = new Sheet("bench-runtimes", ("model", null), ("rows", null), ("batch", "N0"), ("ours, rows/s", "N0"), ("ONNX Runtime, rows/s", "N0"), ("ratio", "N2"));
        using var one = new WorkerPool(1);
        var folder = Directory.CreateTempSubdirectory("autodim-bench-");
        try
        {
            foreach (var name in (string[])["fm", "deepfm"])
            {
                foreach (var (rowsName, share, storage) in ((string, int, RowStorage)[])[("float32", 100, RowStorage.Float32), ("int8", 100, RowStorage.Int8), ("int8, slim to 25%", 25, RowStorage.Int8)])
                {
                    var plan = ServingSheet.Plan(workload, share).Stored(storage);
                    var options = new ModelOptions { Hidden = workload.Hidden, Dropout = 0 };
                    using var trained = ModelCatalog.Find(name).Create(ModelContext.Planned(workload.Fields, plan, options, 1, one));
                    using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(workload.Fields, plan, options, 1, one, packed: true));
                    Packing.Pack(trained, model);
                    var path = Path.Combine(folder.FullName, $"{name}.onnx");
                    OnnxFile.Write(ScoringGraph.Of(model), path, new Dictionary<string, string>(), externalAbove: 1 << 20);
                    using var runtime = new OnnxScorer(path, threads: 1);
                    foreach (var batch in Batches)
                    {
                        var (ours, theirs) = InTurns(model, runtime, batch, seconds);
                        sheet.Add(name, rowsName, batch, ours, theirs, ours / theirs);
                        say($"{name}, {rowsName}, batch {batch}: {ours:N0} rows/s, ONNX Runtime {theirs:N0}");
                    }
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return sheet;
    }

    /// <summary>The better of some turns of each.</summary>
    private static (double Ours, double Theirs) InTurns(CtrModel model, OnnxScorer runtime, int batch, double seconds)
    {
        var rows = GoldenRows.Of(model, Math.Max(batch, 2));
        using var scorer = new Scorer(model, batch);
        using var prepared = runtime.Prepare(rows.Inputs, batch);
        var scores = new float[batch];
        rows.ToSplit().Read([.. Enumerable.Range(0, batch).Select(i => (long)i)], scorer.Batch);
        var (ours, theirs) = (0.0, 0.0);
        for (var turn = 0; turn < Turns; turn++)
        {
            ours = Math.Max(ours, Rate(() => scorer.ScoreBatch(scores)));
            theirs = Math.Max(theirs, Rate(() => prepared.Score()));
        }

        return (ours, theirs);

        double Rate(Action score)
        {
            score();
            var (calls, start) = (0L, Stopwatch.GetTimestamp());
            for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / Turns; calls++) score();
            return batch * calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}

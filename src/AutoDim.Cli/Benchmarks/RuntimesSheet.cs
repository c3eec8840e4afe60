using System.Diagnostics;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Training;

namespace AutoDim.Cli.Benchmarks;

/// <summary>Our scorer beside ONNX Runtime on the exported graph of the same model: one core each, in turns, the same batches of the workload's samples again and again.</summary>
internal static class RuntimesSheet
{
    private const int Turns = 3;

    /// <summary>Different samples that are scored, and most batches of them.</summary>
    private const int Samples = 4096, MostBatches = 64;

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
                        var (ours, theirs) = InTurns(model, runtime, workload, batch, seconds);
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
    private static (double Ours, double Theirs) InTurns(CtrModel model, OnnxScorer runtime, Workload workload, int batch, double seconds)
    {
        using var scorer = new Scorer(model, batch);
        var scores = new float[batch];
        var batches = Math.Clamp(Samples / batch, 1, MostBatches);
        var drawn = Enumerable.Range(0, batches).Select(i => workload.Draw(batch, new CounterRandom(7, (ulong)i))).ToArray();
        MemorySplit[] splits = [.. drawn.Select(rows => new MemorySplit(scores, rows))];
        OnnxScorer.PreparedBatch[] prepared = [.. drawn.Select(rows => runtime.Prepare([.. rows.Select((values, m) => new GoldenInput(workload.Fields[m].Name, false, [.. values.Select(value => new[] { value })]))], batch))];
        long[] samples = [.. Enumerable.Range(0, batch).Select(i => (long)i)];
        var (ours, theirs) = (0.0, 0.0);
        for (var turn = 0; turn < Turns; turn++)
        {
            ours = Math.Max(ours, Rate(i =>
            {
                splits[i].Read(samples, scorer.Batch);
                scorer.ScoreBatch(scores);
            }));
            theirs = Math.Max(theirs, Rate(i => prepared[i].Score()));
        }

        foreach (var values in prepared) values.Dispose();
        return (ours, theirs);

        double Rate(Action<int> score)
        {
            for (var i = 0; i < batches; i++) score(i);
            var (calls, start) = (0L, Stopwatch.GetTimestamp());
            for (; Stopwatch.GetElapsedTime(start).TotalSeconds < seconds / Turns; calls++) score((int)(calls % batches));
            return batch * calls / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }
}

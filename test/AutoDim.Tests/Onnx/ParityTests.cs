using System.Globalization;
using System.Text;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Reports;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Onnx;

/// <summary>
/// Every model of the catalogue with its default sizes, trained for an epoch on real data and exported: our scorer, ONNX Runtime and numpy agree, before and after
/// rows are packed. AUTODIM_APPROVE=1 writes what it found into docs/export.md.
/// </summary>
[Trait("Category", "Slow"), Collection("lists models")]
public sealed class ParityTests : IDisposable
{
    /// <summary>What docs/export.md states: of log-odds, relative for those above 1.</summary>
    private const double Tolerance = 1e-5;

    private const int GoldenRows = 256, BatchSize = 256;
    private static readonly int[] Dims = [2, 8, 16];
    private static readonly RowStorage[] Storages = [RowStorage.Float32, RowStorage.Float16, RowStorage.Int8];

    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(Environment.ProcessorCount);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Scores_EveryModelAndStorage_AgreeByThreeEngines()
    {
        var python = Tool.NumpyOrSkip();
        using var criteo = Prepare("criteo", "criteo-8k/train.tsv");
        using var films = Prepare("ml100k", "ml100k/u.data");
        var table = new StringBuilder("| model | float32: ONNX Runtime | numpy | float16: ONNX Runtime | numpy | int8: ONNX Runtime | numpy | float16 moves log-odds by | int8 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var entry in ModelCatalog.All)
        {
            var parity = Measure(entry, entry.ReadsSequences ? films : criteo, python);
            foreach (var (engine, difference) in parity.Differences) difference.ShouldBeLessThanOrEqualTo(Tolerance, $"{entry.Name}, {engine}");
            table.Append(CultureInfo.InvariantCulture, $"| {entry.Name} | {string.Join(" | ", parity.Differences.Select(pair => Write(pair.Difference)).Concat(parity.Moves.Select(Write)))} |\n");
        }

        var docs = SharedData.Repository("docs/export.md");
        if (Environment.GetEnvironmentVariable("AUTODIM_APPROVE") == "1") MarkedFile.Replace(docs, "parity", table.ToString());
        var told = File.ReadAllText(docs);
        told.ShouldContain($"at most {Tolerance.ToString("0e0", CultureInfo.InvariantCulture)}");
        foreach (var entry in ModelCatalog.All) told.ShouldContain($"\n| {entry.Name} | ");
    }

    /// <summary>How far ONNX Runtime and numpy are from our scorer in each storage, and how far packing moves our own scores: the largest difference of a golden row.</summary>
    private Parity Measure(ModelCatalog.Entry entry, ClickData data, string python)
    {
        var fields = entry.ReadsSequences ? data.Fields : [.. data.Fields.Select(field => field with { Sequences = null })];
        int[] dims = [.. fields.Select((_, m) => Dims[m % Dims.Length])];
        var plan = EmbeddingPlan.Of(fields, dims);
        using var model = entry.Create(ModelContext.Planned(fields, plan, new ModelOptions(), 1, pool));
        Train(model, data);
        List<(string, double)> differences = [];
        List<IReadOnlyList<float>> logits = [];
        foreach (var storage in Storages)
        {
            var stored = plan.Stored(storage);
            using var packed = entry.Create(ModelContext.Planned(fields, stored, new ModelOptions(), 1, pool, packed: true));
            Packing.Pack(model, packed);
            var (saved, exported) = (folder.File($"{entry.Name}-{storage}"), folder.File($"{entry.Name}-{storage}-onnx"));
            TrainedModel.Save(saved, packed, new ModelManifest { Model = entry.Name, Fields = fields, Dims = dims, Storages = stored.Storages, Data = data.Fingerprint }, raw: null);
            using var trained = TrainedModel.Load(saved, pool);
            differences.Add(($"ONNX Runtime, {storage}", ModelExport.Write(trained, new OnnxFormat(), new ExportOptions { GoldenRows = GoldenRows }, exported).Difference));
            var (code, output) = Tool.Run(python, SharedData.Repository("samples/python/score_onnx.py"), exported);
            code.ShouldBe(0, output);
            differences.Add(($"numpy, {storage}", double.Parse(output, CultureInfo.InvariantCulture)));
            logits.Add(AutoDim.Export.GoldenRows.Load(Path.Combine(exported, AutoDim.Export.GoldenRows.Name)).Logit);
        }

        return new Parity(differences, [.. logits.Skip(1).Select(moved => moved.Zip(logits[0], (a, b) => Math.Abs((double)a - b) / Math.Max(1, Math.Abs(b))).Max())]);
    }

    private static void Train(CtrModel model, ClickData data)
    {
        using var learner = new Learner(model, new TrainingOptions { BatchSize = BatchSize });
        var sampler = new BatchSampler(data.Train, BatchSize, 1);
        for (var step = 0; step < data.Train.RowCount / BatchSize; step++)
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
        }
    }

    private ClickData Prepare(string schema, string log)
    {
        Preparation.Run(new PrepareOptions { Files = [SharedData.Path(log)], Schema = SharedData.Repository($"samples/schemas/{schema}.yaml"), Out = folder.File(schema) });
        return ClickData.Open(folder.File(schema));
    }

    private static string Write(double difference) => difference == 0 ? "0" : difference.ToString("0e0", CultureInfo.InvariantCulture);

    private sealed record Parity(IReadOnlyList<(string Engine, double Difference)> Differences, IReadOnlyList<double> Moves);
}

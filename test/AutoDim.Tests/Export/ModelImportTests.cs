using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Export;

public sealed class ModelImportTests : IDisposable
{
    private readonly PreparedClicks clicks = new(rows: 300);
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        clicks.Dispose();
    }

    public static MatrixTheoryData<ExportFormat, RowStorage> Forms() => new([ExportFormat.Safetensors, ExportFormat.Npz], [RowStorage.Float32, RowStorage.Float16, RowStorage.Int8, RowStorage.Int4]);

    [Theory, MemberData(nameof(Forms))]
    public void Run_AnExportOfOurs_PredictsTheSame(ExportFormat format, RowStorage storage)
    {
        var before = Export(format, storage);
        ModelImport.Run(folder.File("export"), folder.File("imported"), pool).ShouldBeLessThan(1e-6);
        Predictions("imported").ShouldBe(before);
        using var imported = TrainedModel.Load(folder.File("imported"), pool);
        imported.Manifest.Storages.ShouldAllBe(found => found == storage);
        imported.Frequencies().ShouldBeNull();
    }

    [Fact]
    public void Run_AnOnnxGraph_SaysWhatToExportInstead()
    {
        Export(ExportFormat.Onnx, RowStorage.Float32);
        Should.Throw<AutoDimException>(() => ModelImport.Run(folder.File("export"), folder.File("imported"), pool)).Message.ShouldContain("is an ONNX graph, from which no tables are taken back; export the model with --format safetensors or npz");
        Directory.Exists(folder.File("imported")).ShouldBeFalse();
    }

    [Fact]
    public void Run_ADamagedFile_WritesNothing()
    {
        Export(ExportFormat.Npz, RowStorage.Float32);
        var path = Path.Combine(folder.File("export"), "model.npz");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Should.Throw<AutoDimException>(() => ModelImport.Run(folder.File("export"), folder.File("imported"), pool)).Message.ShouldContain("is damaged");
        Directory.Exists(folder.File("imported")).ShouldBeFalse();
    }

    [Fact]
    public void Run_AForeignFolder_SaysWhatIsMissing()
    {
        File.WriteAllText(folder.File("tables.npy"), "something");
        Should.Throw<AutoDimException>(() => ModelImport.Run(folder.Path, folder.File("imported"), pool)).Message.ShouldContain("holds no exported model that can be read (export.json: there is no such file); make one with: autodim export MODEL");
    }

    /// <summary>Saves and exports a model; what the saved one predicts.</summary>
    private float[] Export(ExportFormat format, RowStorage storage)
    {
        using var data = clicks.Open();
        int[] dims = [1, 5, 2, 3];
        var plan = EmbeddingPlan.Of(data.Fields, dims).Stored(storage);
        var entry = ModelCatalog.Find("deepfm");
        using var numbers = entry.Create(ModelContext.Planned(data.Fields, plan, Bench.SmallModel, 1, pool));
        Bench.Shake(numbers);
        using var model = entry.Create(ModelContext.Planned(data.Fields, plan, Bench.SmallModel, 1, pool, packed: true));
        Packing.Pack(numbers, model);
        TrainedModel.Save(folder.File("model"), model, new ModelManifest { Model = entry.Name, Options = Bench.SmallModel, Fields = data.Fields, Dims = dims, Storages = [.. dims.Select(_ => storage)], Data = data.Fingerprint }, RawMap.Of(data), RowFrequencies.Of(data, new RowFolding(data, [])));
        using var trained = TrainedModel.Load(folder.File("model"), pool);
        IExportFormat writer = format switch { ExportFormat.Onnx => new OnnxFormat(), ExportFormat.Npz => ArrayFormat.Npz, _ => ArrayFormat.Safetensors };
        ModelExport.Write(trained, writer, new ExportOptions { Format = format }, folder.File("export"));
        return Predictions("model");
    }

    private float[] Predictions(string name)
    {
        using var predictor = Predictor.Load(folder.File(name));
        return [.. predictor.PredictFile(clicks.Later)];
    }
}

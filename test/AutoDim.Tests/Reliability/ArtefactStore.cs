using System.Globalization;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;
using AutoDim.Updating;

namespace AutoDim.Tests.Reliability;

/// <summary>
/// Writes one of every kind of artefact that this version makes, from generated rows: prepared data, a plan, a training that was stopped and what it
/// came to; models of every storage and form of rows, and an updated one, each with its predictions for the rows of later.csv; an export in every format.
/// </summary>
internal sealed class ArtefactStore(string place, WorkerPool pool)
{
    /// <summary>Follows a model's name in the file of its predictions.</summary>
    public const string Predictions = "-predictions.csv";

    private static readonly int[] Dims = [3, 4, 2, 2];

    private static readonly ModelOptions Options = new() { Hidden = [4], InitialDeviation = 0.2 };

    private string Place(string name) => Path.Combine(place, name);

    public void Write()
    {
        using var clicks = new PreparedClicks(rows: 400);
        FolderContents.Copy(clicks.Folder, Place("data"));
        File.Copy(clicks.Later, Place("later.csv"));
        using var data = ClickData.Open(Place("data"));
        var mixed = EmbeddingPlan.Of(data.Fields, Dims, [RowStorage.Int8, RowStorage.Float16, RowStorage.Int4, RowStorage.Float32]) with { Projection = Projection.Linear };
        PlanFile.Of(mixed, "by hand", data.Fingerprint).Save(Place("plan.json"));
        WriteTraining(data);
        WriteModels(data, mixed);
        using var packed = TrainedModel.Load(Place("packed"), pool);
        foreach (var format in (IExportFormat[])[new OnnxFormat(), ArrayFormat.Npz, ArrayFormat.Safetensors]) ModelExport.Write(packed, format, new ExportOptions { Format = FormatOf(format), GoldenRows = 4 }, Place($"export{format.Ending}.d"));
        Update(clicks.Csv);
    }

    private static ExportFormat FormatOf(IExportFormat format) => format is OnnxFormat ? ExportFormat.Onnx : format == ArrayFormat.Npz ? ExportFormat.Npz : ExportFormat.Safetensors;

    /// <summary>A training stopped after a thousand steps, and the result of a copy that went on.</summary>
    private void WriteTraining(ClickData data)
    {
        var options = new TrainJobOptions { Model = "deepfm", Dim = 2, ModelOptions = new() { Hidden = [4] }, Training = new() { Epochs = 40, BatchSize = 2, Patience = 300 } };
        using (var cancellation = new CancellationTokenSource())
        using (var run = new RunFolder(Place("started"), isLocked: true))
        {
            Should.Throw<OperationCanceledException>(() => new TrainJob(data, options, run, pool, new Canceller("model", 1000, cancellation)).Execute(cancellation.Token));
        }

        using var folder = new TemporaryFolder();
        FolderContents.Copy(Place("started"), folder.Path);
        using (var run = new RunFolder(folder.Path, isLocked: true)) new TrainJob(data, options, run, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        File.Copy(folder.File("result.json"), Place("started-result.json"));
    }

    private void WriteModels(ClickData data, EmbeddingPlan mixed)
    {
        Save("model", data, EmbeddingPlan.Of(data.Fields, Dims) with { Projection = Projection.Linear });
        Save("packed", data, mixed);
        foreach (var storage in (RowStorage[])[RowStorage.Float8, RowStorage.Int3, RowStorage.Int2]) Save($"packed-{storage.ToString().ToLowerInvariant()}", data, mixed.Stored(storage));
        foreach (var name in Bench.RowFormNames) Save(name[(name.IndexOf(", ", StringComparison.Ordinal) + 2)..].Replace(' ', '-'), data, EmbeddingPlan.Of(data.Fields, Dims, forms: Bench.FormsOf(name, Dims.Length)));
        foreach (var arePrefixes in (bool[])[false, true])
        {
            using var masks = new Masks(mixed, arePrefixes);
            Save(arePrefixes ? "prefixes" : "sparse", data, masks.Plan, masks.Apply);
        }

        Save("rounded", data, mixed.Stored(RowStorage.Int4).Rounded);
        using var prefixes = new Masks(mixed.Stored(RowStorage.Int4), arePrefixes: true);
        Save("rounded-prefixes", data, prefixes.Plan.Rounded, prefixes.Apply);
    }

    private void Save(string name, ClickData data, EmbeddingPlan plan, Action<CtrModel>? change = null)
    {
        var entry = ModelCatalog.Find("deepfm");
        var folding = new RowFolding(data, []);
        CtrModel New(bool packed) => entry.Create(ModelContext.Planned(data.Fields, packed ? plan : plan.Trained, Options, 3, pool, packed, counts: field => folding.CountsOf(data, field)));
        using CtrModel numbers = New(packed: false), model = New(packed: true);
        Bench.Shake(numbers);
        change?.Invoke(numbers);
        Packing.Pack(numbers, model);
        using var scorer = new Scorer(model, 64);
        TrainedModel.Save(Place(name), model, new ModelManifest
        {
            Model = entry.Name,
            Options = Options,
            Fields = model.Fields,
            Dims = Dims,
            Storages = plan.Storages,
            Forms = plan.Forms,
            Projection = plan.Projection,
            Data = data.Fingerprint,
            Training = new TrainingRecord { Valid = ValidationRecord.Of(scorer.Score(data.Valid), Labels.Of(data.Valid)) },
        }, RawMap.Of(data), RowFrequencies.Of(data, folding));
        WritePredictions(name, Place(name));
    }

    private void Update(string rows)
    {
        using var trained = TrainedModel.Load(Place("packed"), pool);
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        using (var folder = new RunFolder(Place("updated"), isLocked: true)) new UpdateJob(trained, pool, new RunObserver()).Execute(trained.ReadCells([rows], needsLabel: true, bad), new UpdateOptions(), folder, TestContext.Current.CancellationToken);
        WritePredictions("updated", Place("updated/model"));
    }

    private void WritePredictions(string name, string model)
    {
        using var predictor = Predictor.Load(model);
        File.WriteAllLines(Place(name + Predictions), predictor.PredictFile(Place("later.csv")).Select(probability => probability.ToString("R", CultureInfo.InvariantCulture)).Prepend("probability"));
    }
}

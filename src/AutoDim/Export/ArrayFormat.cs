using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>A model's arrays by name: tables as they are stored, maps, dense weights, statistics.</summary>
internal sealed class ArrayFormat : IExportFormat
{
    private readonly Action<string, IReadOnlyList<NamedArray>, IReadOnlyDictionary<string, string>> write;
    private readonly Action<string, IReadOnlyList<NamedArray>> read;

    private ArrayFormat(ExportFormat format, string ending, Action<string, IReadOnlyList<NamedArray>, IReadOnlyDictionary<string, string>> write, Action<string, IReadOnlyList<NamedArray>> read)
        => (Format, Ending, this.write, this.read) = (format, ending, write, read);

    public static ArrayFormat Safetensors { get; } = new(ExportFormat.Safetensors, ".safetensors", TensorFile.Write, (path, arrays) => TensorFile.Read(path, arrays));

    public static ArrayFormat Npz { get; } = new(ExportFormat.Npz, ".npz", (path, arrays, _) => NumpyFile.Write(path, arrays), NumpyFile.Read);

    public ExportFormat Format { get; }

    public string Ending { get; }

    public void Write(TrainedModel model, string path, ExportOptions options, RawInputs? raw)
        => write(path, LearnerState.Weights(model.Model), new Dictionary<string, string> { ["model"] = model.Manifest.Model });

    /// <summary>The model that a manifest and a file of its arrays are; the caller disposes it.</summary>
    /// <exception cref="AutoDimException">The file is damaged, or of another model.</exception>
    public CtrModel Load(string path, ModelManifest manifest, WorkerPool pool)
    {
        var model = TrainedModel.Create(manifest, pool, path);
        try
        {
            read(path, LearnerState.Weights(model));
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public (float[] Logits, float[] Probabilities) Score(string path, ModelManifest manifest, GoldenRows rows)
    {
        using var pool = new WorkerPool(1);
        using var model = Load(path, manifest, pool);
        using var scorer = new Scorer(model, rows.Count);
        var logits = scorer.Score(rows.ToSplit());
        return (logits, Array.ConvertAll(logits, Predictor.Probability));
    }
}

using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Runs;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>
/// A trained model within ML.NET: adds <see cref="ScoreColumns"/> to a data view that has its fields, and works in pipelines, evaluation and
/// prediction engines. Scores are those of <see cref="Predictor"/>, bit for bit.
/// </summary>
public sealed class AutoDimTransformer : ITransformer, IDisposable
{
    private readonly string folder;
    private readonly string? temporary;
    private readonly ModelManifest manifest;
    private readonly RowEncoder encoder;

    private AutoDimTransformer(string folder, RunResult? result, string? temporary)
    {
        (this.folder, this.temporary, Result) = (folder, temporary, result);
        manifest = ModelManifest.Load(folder);
        if (manifest.Vocabulary == null) throw new AutoDimException($"the model '{folder}' has no vocabulary, so raw columns do not lead to its rows; train one from raw data");
        TrainedModel.Verify(folder, manifest);
        encoder = RowEncoder.Load(folder, manifest, manifest.Fields);
    }

    /// <value>What the run found: the full model beside the slim one, bytes, intervals; null of a loaded model.</value>
    public RunResult? Result { get; }

    /// <summary>Columns that it reads: its fields, then its behaviour sequences.</summary>
    public IReadOnlyList<string> ColumnNames => [.. encoder.Columns.Select(column => column.Name)];

    /// <summary>The dimension of each field, by name.</summary>
    public IReadOnlyDictionary<string, int> Dimensions => manifest.Fields.Zip(manifest.Dims).ToDictionary(pair => pair.First.Name, pair => pair.Second);

    public bool IsRowToRowMapper => true;

    /// <summary>Copies the model's folder; <see cref="AutoDimCatalog.LoadAutoDim"/>, <c>autodim predict</c> and <c>autodim serve</c> read it.</summary>
    /// <exception cref="AutoDimException">The folder cannot be written.</exception>
    public void Save(string target) => TrainedModel.CopyTo(folder, manifest, target);

    /// <exception cref="NotSupportedException">
    /// Always: what ML.NET writes into is closed to other assemblies. <see cref="Save(string)"/> keeps the model.
    /// </exception>
    void ICanSaveModel.Save(ModelSaveContext ctx)
        => throw new NotSupportedException("ML.NET lets only its own components write into its model files; call Save(folder) of the AutoDimTransformer and mlContext.Model.LoadAutoDim(folder), or export the model to ONNX");

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => GetRowToRowMapper(inputSchema).OutputSchema;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new ScoringMapper(this, inputSchema);

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new ScoredView(input, new ScoringMapper(this, input.Schema));
    }

    /// <summary>Deletes the run's folder where it was temporary.</summary>
    public void Dispose()
    {
        if (temporary != null && Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
    }

    internal static AutoDimTransformer Load(string folder, RunResult? result = null, string? temporary = null) => new(TrainedModel.Find(folder), result, temporary);

    internal RowScores ScoresOf(DataViewRow row) => new(folder, manifest, encoder, row);
}

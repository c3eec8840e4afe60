using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Runs;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>Writes a data view's columns as a click log, and does with it what <c>autodim prepare</c> and <c>autodim run</c> do.</summary>
public sealed class AutoDimTrainer : IEstimator<AutoDimTransformer>
{
    private readonly string label;
    private readonly IReadOnlyList<string>? fields;
    private readonly AutoDimTrainerOptions options;

    internal AutoDimTrainer(string label, IReadOnlyList<string>? fields, AutoDimTrainerOptions options) => (this.label, this.fields, this.options) = (label, fields, options);

    /// <summary>Searches and trains; the last part of the rows' random order validates and tests.</summary>
    /// <exception cref="AutoDimException">A column cannot be a field or the label, an option is not usable, or the folder belongs to a run of other settings.</exception>
    public AutoDimTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Likewise, with rows of their own to choose by.</summary>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public AutoDimTransformer Fit(IDataView input, IDataView? validation, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        var log = new DataViewLog(input.Schema, label, fields);
        var temporary = options.Folder == null ? Directory.CreateTempSubdirectory("autodim-").FullName : null;
        try
        {
            var folder = options.Folder ?? temporary!;
            var data = Path.Combine(folder, "data");
            if (!File.Exists(Path.Combine(data, DataManifest.Name))) Prepare(log, input, validation, data, cancellation);
            var run = Path.Combine(folder, "run");
            var result = Recommender.Run(data, run, options.Run, options.Threads, cancellation);
            return AutoDimTransformer.Load(run, result, temporary);
        }
        catch when (temporary != null)
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>The input's columns and <see cref="ScoreColumns.Score"/>, <see cref="ScoreColumns.Probability"/>, <see cref="ScoreColumns.PredictedLabel"/>.</summary>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var names = inputSchema.Select(column => column.Name).ToHashSet();
        if (((IEnumerable<string>)[label, .. fields ?? []]).FirstOrDefault(name => !names.Contains(name)) is { } missing) throw DataViewLog.Missing(missing, names);
        return ScoreColumns.AddedTo(inputSchema);
    }

    private void Prepare(DataViewLog log, IDataView input, IDataView? validation, string data, CancellationToken cancellation)
    {
        var raw = Directory.CreateTempSubdirectory("autodim-log-").FullName;
        try
        {
            var split = new SplitSchema { Train = 1 - (validation == null ? options.ValidFraction : 0) - options.TestFraction, Valid = options.ValidFraction, Test = options.TestFraction };
            var schema = SchemaFile.Parse(SchemaFile.Write(log.Schema with { MinCount = options.MinCount, Split = split }), "the trainer's options"); // which checks them
            Recommender.Prepare(
                new PrepareOptions
                {
                    Files = [log.Write(input, Path.Combine(raw, "train.tsv"), cancellation)],
                    ValidFiles = validation == null ? [] : [log.Write(validation, Path.Combine(raw, "valid.tsv"), cancellation)],
                    ParsedSchema = schema,
                    Out = data,
                },
                cancellation);
        }
        finally
        {
            Directory.Delete(raw, recursive: true);
        }
    }
}

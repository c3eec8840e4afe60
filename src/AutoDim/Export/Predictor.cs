using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Numerics;
using AutoDim.Training;

namespace AutoDim.Export;

/// <summary>A saved model that predicts. One call at a time.</summary>
public sealed class Predictor : IDisposable
{
    private readonly WorkerPool pool;
    private readonly TrainedModel model;
    private RowEncoder? encoder;
    private EncodedRows? encoded;
    private Scorer? columnScorer;

    private Predictor(string folder, int threads)
    {
        pool = new WorkerPool(threads);
        try
        {
            model = TrainedModel.Load(TrainedModel.Find(folder), pool);
        }
        catch
        {
            pool.Dispose();
            throw;
        }
    }

    /// <summary>The fields it takes, in order.</summary>
    public IReadOnlyList<Field> Fields => model.Manifest.Fields;

    /// <param name="folder">Model folder, or the run folder that holds it.</param>
    /// <param name="threads">1 or more. Predictions do not depend on it.</param>
    /// <exception cref="AutoDimException">A file is missing or damaged.</exception>
    public static Predictor Load(string folder, int threads = 1) => new(folder, threads);

    /// <summary>The probability of a click for every sample of a split, in its order.</summary>
    /// <param name="split">Of data with the model's fields and rows. Of a model whose plan lets rare values share a row, see <see cref="Predict(ClickData, DataSplit)"/>.</param>
    public float[] Predict(DataSplit split)
    {
        using var scorer = new Scorer(model.Model, Scorer.BatchSize);
        return Array.ConvertAll(scorer.Score(split), Probability);
    }

    /// <summary>Likewise, of prepared data as it is: rare values share a row where the model's plan says so.</summary>
    /// <param name="data">The model's, or data of the same fields, rows and training counts.</param>
    /// <param name="split">One of its splits.</param>
    /// <exception cref="AutoDimException">The data has other fields or rows.</exception>
    public float[] Predict(ClickData data, DataSplit split) => Predict(model.FoldingOf(data).Apply(split));

    /// <summary>
    /// The probability of a click for every row of a raw file of the training data's schema, in its order; labels are not needed. A sequence
    /// that was made from the log stands in a column of its name.
    /// </summary>
    /// <exception cref="AutoDimException">A row cannot be read, or the model has no vocabulary.</exception>
    public IEnumerable<float> PredictFile(string path)
    {
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        foreach (var (logits, _) in model.ScoreFile(path, bad, Scorer.BatchSize))
        {
            foreach (var logit in logits) yield return Probability(logit);
        }
    }

    /// <summary>
    /// The probability of a click for every row of columns in memory, named like the model's fields and sequences; others are not looked at. Values
    /// stand as in the log's cells; of a model without vocabulary they are ids.
    /// </summary>
    /// <param name="columns">With the rows in the same order.</param>
    /// <param name="probabilities">One for each row.</param>
    /// <exception cref="AutoDimException">A column is missing, columns differ in length, or a value cannot be read.</exception>
    public void Predict(IReadOnlyList<RawColumn> columns, Span<float> probabilities)
    {
        encoder ??= RowEncoder.Load(model.Folder, model.Manifest, model.Model.Fields);
        encoded ??= new EncodedRows(encoder.Columns);
        columnScorer ??= new Scorer(model.Model, Scorer.BatchSize);
        var found = encoder.Find(columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, found[0].Count);
        for (var first = 0; first < probabilities.Length; first += Scorer.BatchSize)
        {
            var scores = probabilities.Slice(first, Math.Min(Scorer.BatchSize, probabilities.Length - first));
            encoder.Encode(found, first, scores.Length, encoded);
            columnScorer.Batch.Size = 0;
            encoded.AppendTo(columnScorer.Batch, 0, scores.Length);
            columnScorer.ScoreBatch(scores);
            foreach (ref var score in scores) score = Probability(score);
        }
    }

    public void Dispose()
    {
        columnScorer?.Dispose();
        model.Dispose();
        pool.Dispose();
    }

    /// <summary>What the model is and how it came to be.</summary>
    internal ModelManifest Manifest => model.Manifest;

    internal static float Probability(float logit) => (float)(1 / (1 + Math.Exp(-(double)logit)));
}

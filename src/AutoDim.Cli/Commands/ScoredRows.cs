using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Export;
using AutoDim.Training;

namespace AutoDim.Cli.Commands;

/// <summary>Rows scored by a saved model, from prepared data or a raw file.</summary>
internal static class ScoredRows
{
    public static (float[] Logits, float[] Labels) Of(TrainedModel model, string path, string splitName, BadRows bad, bool needsLabel = false)
    {
        if (!Directory.Exists(path))
        {
            var parts = model.ScoreFile(path, bad, Scorer.BatchSize, needsLabel).ToArray();
            return ([.. parts.SelectMany(part => part.Logits)], [.. parts.SelectMany(part => part.Labels)]);
        }

        using var data = ClickData.Open(path);
        var folding = model.FoldingOf(data);
        var split = splitName switch
        {
            "train" => data.Train,
            "valid" => data.Valid,
            "test" => data.Test,
            _ => throw new AutoDimException($"--split is '{splitName}', expected train, valid or test"),
        };
        using var scorer = new Scorer(model.Model, Scorer.BatchSize);
        return (scorer.Score(folding.Apply(split)), Labels.Of(split));
    }
}

using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Settings;

namespace AutoDim.Runs;

/// <summary>A variant with its scores on the test split.</summary>
/// <param name="ScoringSeconds">What the first seed's model took for them.</param>
internal sealed record TestedVariant(string Name, int? UniformDim, IReadOnlyList<TrainedVariant> Trained, IReadOnlyList<float[]> Logits, IReadOnlyList<Metrics> Metrics, double ScoringSeconds)
{
    /// <summary>First less second: DeLong for one seed, a paired t-interval over seeds for more.</summary>
    public static Interval Compare(TestedVariant first, TestedVariant second, float[] labels) => first.Trained.Count > 1
        ? SeedStatistics.Difference([.. first.Metrics.Select(metrics => metrics.Auc)], [.. second.Metrics.Select(metrics => metrics.Auc)])
        : DeLong.Compare(first.Logits[0], second.Logits[0], labels);

    /// <summary>With the difference to the full model.</summary>
    public VariantResult ToResult(TestedVariant full, float[] labels)
    {
        var difference = Compare(this, full, labels);
        return ToResult() with { AucDelta = difference.Difference, AucDeltaInterval = [difference.Low, difference.High] };
    }

    public VariantResult ToResult()
    {
        double[] aucs = [.. Metrics.Select(metrics => metrics.Auc)];
        var first = Trained[0];
        return new VariantResult
        {
            Name = Name,
            Dim = UniformDim,
            Auc = aucs.Average(),
            AucStd = SeedStatistics.Deviation(aucs),
            Logloss = Metrics.Average(metrics => metrics.LogLoss),
            NormalizedEntropy = Metrics.Average(metrics => metrics.NormalizedEntropy),
            Calibration = Metrics.Average(metrics => metrics.Calibration),
            Aucs = aucs,
            ValidAuc = Trained.Average(trained => trained.ValidAuc),
            TableL2 = first.TableL2,
            Distillation = first.Distillation,
            Parameters = first.Parameters,
            EmbeddingParameters = first.EmbeddingParameters,
            EmbeddingBytes = first.EmbeddingBytes,
            DeployedEmbeddingBytes = first.DeployedEmbeddingBytes,
            TotalBytes = first.TotalBytes,
            PeakRss = Trained.Max(trained => trained.PeakRss),
            PeakRssByRank = [.. first.PeakRssByRank.Select((_, rank) => Trained.Max(trained => trained.PeakRssByRank.ElementAtOrDefault(rank)))],
            Seconds = Trained.Average(trained => trained.Seconds),
            ScoringMicroseconds = 1e6 * ScoringSeconds / Logits[0].Length,
            StepsPerSecond = Trained.Sum(trained => trained.Steps) / Trained.Sum(trained => trained.Seconds),
            Dims = first.Dims,
            MinCounts = first.MinCounts,
            Forms = first.Forms,
            Storage = first.Storages.Count == 0 ? "float32" : string.Join(", ", first.Storages.Distinct().OrderByDescending(RowFormat.FinenessOf).Select(storage => SettingText.Write(storage))),
        };
    }
}

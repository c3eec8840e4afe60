using AutoDim.Evaluation;

namespace AutoDim.Tests.Evaluation;

public sealed class MetricsTests
{
    [Fact]
    public void Compute_KnownLogits_EqualsFormulas()
    {
        float[] logits = [2, -1, 0.5f, -3], labels = [1, 0, 0, 1];
        var probabilities = logits.Select(z => 1 / (1 + Math.Exp(-z))).ToArray();
        var loss = probabilities.Select((p, i) => labels[i] == 1 ? -Math.Log(p) : -Math.Log(1 - p)).Average();
        var metrics = Metrics.Compute(logits, labels);
        metrics.LogLoss.ShouldBe(loss, 1e-12);
        metrics.NormalizedEntropy.ShouldBe(loss / Math.Log(2), 1e-12); // the entropy of a base rate of one half
        metrics.Calibration.ShouldBe(probabilities.Average() / 0.5, 1e-12);
        metrics.Auc.ShouldBe(0.5);
        (metrics.BaseRate, metrics.Count, metrics.Warning).ShouldBe((0.5, 4, null));
    }

    [Fact]
    public void Compute_AlwaysTheBaseRate_NormalizedEntropyIsOne()
    {
        var logit = (float)Math.Log(0.25 / 0.75);
        var metrics = Metrics.Compute([logit, logit, logit, logit], [1, 0, 0, 0]);
        metrics.NormalizedEntropy.ShouldBe(1, 1e-6);
        metrics.Calibration.ShouldBe(1, 1e-6);
        metrics.Warning.ShouldBe("all scores are equal: AUC is one half by definition");
    }

    [Fact]
    public void Compute_InfiniteLogits_AreRightForFreeAndWrongForever()
    {
        Metrics.Compute([float.PositiveInfinity, float.NegativeInfinity], [1, 0]).LogLoss.ShouldBe(0);
        var wrong = Metrics.Compute([float.PositiveInfinity, float.NegativeInfinity], [0, 1]);
        (wrong.LogLoss, wrong.Auc).ShouldBe((double.PositiveInfinity, 0));
    }

    [Fact]
    public void Compute_OneClass_WarnsAndHasNoAuc()
    {
        var metrics = Metrics.Compute([1, 2], [1, 1]);
        metrics.Auc.ShouldBe(double.NaN);
        metrics.Warning.ShouldBe("all 2 labels are 1: AUC is undefined");
    }

    [Fact]
    public void Compute_NoSampleOrNaN_Refused()
    {
        Should.Throw<AutoDimException>(() => Metrics.Compute([], [])).Message.ShouldContain("no samples");
        Should.Throw<AutoDimException>(() => Metrics.Compute([float.NaN], [1])).Message.ShouldContain("sample 0 is NaN");
    }

    [Fact]
    public void Table_SevenSamplesInThreeBins_SortedAndWhole()
    {
        float[] logits = [3, -2, 0, 1, -1, 2, -3], labels = [1, 0, 1, 1, 0, 0, 0];
        var table = CalibrationBin.Table(logits, labels, bins: 3);
        table.Select(bin => bin.Count).ShouldBe([2L, 2L, 3L]);
        table.Select(bin => bin.Observed).ShouldBe([0, 0.5, 2.0 / 3]);
        table[1].Predicted.ShouldBe(((1 / (1 + Math.E)) + 0.5) / 2, 1e-7);
        CalibrationBin.Table([1], [1]).Sum(bin => bin.Count).ShouldBe(1);
    }
}

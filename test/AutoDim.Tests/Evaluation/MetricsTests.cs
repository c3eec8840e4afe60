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
        Metrics.Compute([logit, logit, logit], [1, 0, 0]).Warning.ShouldBe(metrics.Warning);
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
        metrics.NormalizedEntropy.ShouldBe(double.PositiveInfinity); // to know the rate is to know all
    }

    [Fact]
    public void Compute_NoSampleOrNaN_Refused()
    {
        Should.Throw<AutoDimException>(() => Metrics.Compute([], [])).Message.ShouldContain("no samples");
        Should.Throw<AutoDimException>(() => Metrics.Compute([float.NaN], [1])).Message.ShouldContain("sample 0 is NaN");
    }

    [Fact]
    public void Compute_OtherBaseRate_EntropyOfThatRate()
    {
        float[] logits = [2, -1, 0.5f], labels = [1, 0, 1];
        var metrics = Metrics.Compute(logits, labels);
        metrics.NormalizedEntropy.ShouldBe(metrics.LogLoss / -((2.0 / 3 * Math.Log(2.0 / 3)) + (1.0 / 3 * Math.Log(1.0 / 3))), 1e-12);
        metrics.Calibration.ShouldBe(logits.Average(z => 1 / (1 + Math.Exp(-z))) / (2.0 / 3), 1e-12);
        Metrics.Compute(logits, [0, 0, 0]).Warning.ShouldBe("all 3 labels are 0: AUC is undefined");
    }

    [Fact]
    public void Table_SevenSamplesInThreeBins_SortedAndWhole()
    {
        float[] logits = [3, -2, 0, 1, -1, 2, -3], labels = [1, 0, 1, 1, 0, 0, 0];
        static double Mean(params double[] logits) => logits.Average(z => 1 / (1 + Math.Exp(-z)));
        var table = CalibrationBin.Table(logits, labels, bins: 3);
        table.Select(bin => bin.Count).ShouldBe([2L, 2L, 3L]);
        table.Select(bin => bin.Observed).ShouldBe([0, 0.5, 2.0 / 3]);
        table.Zip([Mean(-3, -2), Mean(-1, 0), Mean(1, 2, 3)]).ShouldAllBe(pair => Math.Abs(pair.First.Predicted - pair.Second) < 1e-12);
        CalibrationBin.Table([1], [1]).ShouldBe([new CalibrationBin(Mean(1), 1, 1)]);
    }
}

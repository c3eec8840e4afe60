namespace AutoDim.Evaluation;

/// <summary>How well logits predict clicks.</summary>
/// <param name="Auc">Area under the ROC curve; NaN where only one class is present.</param>
/// <param name="LogLoss">Mean binary cross-entropy, natural logarithm.</param>
/// <param name="NormalizedEntropy">Logloss divided by that of always predicting the base rate (He et al., ADKDD 2014); below 1 is better than knowing nothing.</param>
/// <param name="Calibration">Mean prediction divided by base rate; 1 is right.</param>
/// <param name="BaseRate">Share of positives.</param>
/// <param name="Count">Number of samples.</param>
/// <param name="Warning">What makes the figures doubtful, if anything.</param>
public sealed record Metrics(double Auc, double LogLoss, double NormalizedEntropy, double Calibration, double BaseRate, long Count, string? Warning)
{
    /// <summary>Metrics of logits against labels in {0, 1}.</summary>
    /// <exception cref="AutoDimException">There is no sample, or a logit is NaN.</exception>
    public static Metrics Compute(ReadOnlySpan<float> logits, ReadOnlySpan<float> labels)
    {
        if (logits.Length == 0) throw new AutoDimException("there are no samples to evaluate; the split is empty");
        var auc = Evaluation.Auc.Compute(logits, labels);
        double loss = 0, predicted = 0, clicked = 0;
        var constant = true;
        for (var i = 0; i < logits.Length; i++)
        {
            double logit = logits[i];
            loss += SoftPlus(labels[i] > 0.5f ? -logit : logit);
            predicted += 1 / (1 + Math.Exp(-logit));
            clicked += labels[i];
            constant &= logits[i] == logits[0];
        }

        double count = logits.Length, rate = clicked / count;
        var entropy = rate is 0 or 1 ? 0 : -(rate * Math.Log(rate)) - ((1 - rate) * Math.Log(1 - rate));
        var warning = rate is 0 or 1 ? $"all {count} labels are {rate}: AUC is undefined"
            : constant ? "all scores are equal: AUC is one half by definition"
            : null;
        return new Metrics(auc, loss / count, loss / count / entropy, predicted / clicked, rate, logits.Length, warning);
    }

    /// <summary>log(1 + eˣ); infinite where x is.</summary>
    private static double SoftPlus(double x) => Math.Log(1 + Math.Exp(-Math.Abs(x))) + Math.Max(x, 0);
}

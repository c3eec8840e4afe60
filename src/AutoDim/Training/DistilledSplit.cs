using AutoDim.Data;

namespace AutoDim.Training;

/// <summary>
/// Training samples whose labels are part a teacher's (knowledge distillation, Hinton et al., 2015, at temperature 1): (1 − λ)·y + λ·σ(z), z the teacher's
/// log-odds of the sample. Cross-entropy against that is (1 − λ) times the one against the label and λ times the one against the teacher's probability.
/// </summary>
/// <param name="logits">The teacher's, one for each sample of the split.</param>
/// <param name="share">λ, 0 to 1.</param>
internal sealed class DistilledSplit(DataSplit split, float[] logits, double share) : DataSplit
{
    public override long RowCount => split.RowCount;

    public override void Read(ReadOnlySpan<long> samples, Batch batch)
    {
        split.Read(samples, batch);
        for (var i = 0; i < samples.Length; i++)
        {
            var probability = 1 / (1 + Math.Exp(-logits[samples[i]]));
            batch.Labels[i] = (float)(((1 - share) * batch.Labels[i]) + (share * probability));
        }
    }

    /// <summary>The labels themselves, without the teacher.</summary>
    public override void ReadLabels(Span<float> labels) => split.ReadLabels(labels);

    internal override void Fetch(long first, long count) => split.Fetch(first, count);
}

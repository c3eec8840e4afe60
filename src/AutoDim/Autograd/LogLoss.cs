using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Mean binary cross-entropy of logits (B, 1) against labels in [0, 1], in natural logarithm; computed from the logit, so that
/// no probability is rounded to 0 or 1: log(1 + e^−|z|) + max(z, 0) − y·z. Its gradient is (σ(z) − y) / B.
/// Of a share of a batch it is that share's part of the whole batch's mean: the ranks' parts add up.
/// </summary>
internal sealed unsafe class LogLoss : Operation
{
    private Tensor logits = null!, loss = null!;
    private NativeBuffer<float> labels = null!;
    private int size;

    /// <param name="wholeSize">Samples of the whole batch, where the logits are of a share of it; null: all.</param>
    public static Tensor Apply(Tape tape, Tensor logits, NativeBuffer<float> labels, int? wholeSize = null)
    {
        var operation = tape.Record<LogLoss>();
        operation.logits = logits;
        operation.labels = labels;
        operation.size = wholeSize ?? logits.Rows;
        operation.loss = tape.NewTensor(1, 1);
        var sum = 0.0;
        for (var i = 0; i < logits.Rows; i++)
        {
            double z = logits.Value[i];
            sum += Math.Log(1 + Math.Exp(-Math.Abs(z))) + Math.Max(z, 0) - (labels[i] * z);
        }

        operation.loss.Value[0] = (Real)(sum / operation.size);
        return operation.loss;
    }

    public override void Backward()
    {
        if (!logits.NeedsGradient) return;
        var scale = loss.Gradient[0] / size;
        var add = logits.BeginGradient();
        for (var i = 0; i < logits.Rows; i++)
        {
            var gradient = scale * ((1 / (1 + Real.Exp(-logits.Value[i]))) - (Real)labels[i]);
            logits.Gradient[i] = add ? logits.Gradient[i] + gradient : gradient;
        }
    }
}

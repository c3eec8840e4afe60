using AutoDim.Data;

namespace AutoDim.Autograd;

/// <summary>The operations of a forward pass, as a model writes them. B is the batch, shapes are (rows, columns).</summary>
public static class TapeOperations
{
    /// <summary>x·W + b, (B, I)·(I, O) + (1, O), with ReLU where asked: (B, O).</summary>
    public static Tensor Linear(this Tape tape, Tensor x, Tensor weight, Tensor? bias = null, bool relu = false)
        => Autograd.Linear.Apply(tape, x, weight, bias, relu);

    /// <summary>Zeroes each number with the given rate in [0, 1) while training and scales the rest by 1 / (1 − rate).</summary>
    public static Tensor Dropout(this Tape tape, Tensor x, double rate) => Autograd.Dropout.Apply(tape, x, rate);

    /// <summary>a + b for equal shapes; b may be one number.</summary>
    public static Tensor Add(this Tape tape, Tensor a, Tensor b) => Sum.Apply(tape, a, b);

    /// <summary>Mean binary cross-entropy of logits (B, 1) against the batch's labels: (1, 1).</summary>
    public static Tensor LogLoss(this Tape tape, Tensor logits, Batch batch) => Autograd.LogLoss.Apply(tape, logits, batch.Labels);
}

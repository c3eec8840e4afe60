using AutoDim.Autograd;

namespace AutoDim.Layers;

/// <summary>An activation other than ReLU, which is part of the operation before it. Slope and statistics, each (1, units), are Dice's.</summary>
internal sealed record Activation(Parameter? Slope = null, Parameter? Mean = null, Parameter? Variance = null)
{
    /// <summary>(N, units) → (N, units).</summary>
    public Tensor Forward(Tape tape, Tensor x) => Slope == null ? tape.Tanh(x) : tape.Dice(x, Slope, Mean!, Variance!);
}

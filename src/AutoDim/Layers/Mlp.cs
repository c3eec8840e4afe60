using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary><see cref="HiddenLayers"/>, then one output: (B, I) → (B, 1).</summary>
public sealed class Mlp : HiddenLayers
{
    private readonly Parameter weight, bias;

    internal Mlp(string name, int inputs, IReadOnlyList<int> units, bool batchNorm, double dropout, CounterRandom random, int beside = 0, ActivationKind activation = ActivationKind.Relu)
        : base(name, inputs, units, batchNorm, dropout, random, beside, activation)
    {
        weight = Add(Parameter.Xavier($"{name}.output.weight", Units, 1, random));
        bias = Add(Parameter.Constant($"{name}.output.bias", 1, 1));
    }

    /// <summary>Field vectors, and further inputs (B, ·) where the layers were made for some → (B, 1).</summary>
    public Tensor Forward(Tape tape, FieldVectors vectors, Tensor? beside = null) => tape.Linear(Represent(tape, vectors, beside), weight, bias);

    /// <summary>(B, I) → (B, 1).</summary>
    public Tensor Forward(Tape tape, Tensor x) => tape.Linear(Represent(tape, x), weight, bias);
}

using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>
/// DIN's local activation unit (Zhou et al., KDD 2018, eq. 3): a sample's interest in its target v as its behaviours e_j weighted by how far
/// they bear on it, Σ_j a(e_j, v) e_j → (B, d), with a = wᵀ Dice(v·A + e·B + (v ⊙ e)·C + b) + c. Weights are not normalised, as in the paper.
/// </summary>
public sealed class ActivationUnit : Layer
{
    private readonly int sequence;
    private readonly double dropout;
    private readonly Parameter ofTarget, ofBehaviour, ofProduct, bias, weight, weightBias;
    private readonly Activation dice;

    /// <param name="sequence">Position among the embedding's sequences.</param>
    internal ActivationUnit(string name, int sequence, int dim, int units, double dropout, CounterRandom random)
    {
        this.sequence = sequence;
        this.dropout = dropout;
        ofTarget = Add(Parameter.Xavier($"{name}.target", dim, units, random));
        ofBehaviour = Add(Parameter.Xavier($"{name}.behaviour", dim, units, random));
        ofProduct = Add(Parameter.Xavier($"{name}.product", dim, units, random));
        bias = Add(Parameter.Constant($"{name}.bias", 1, units));
        dice = NewDice(name, units);
        weight = Add(Parameter.Xavier($"{name}.output.weight", units, 1, random));
        weightBias = Add(Parameter.Constant($"{name}.output.bias", 1, 1));
    }

    public Tensor Forward(Tape tape, FieldVectors vectors)
    {
        if (vectors.EntryCount(sequence) == 0) return tape.PoolSequence(vectors, sequence);
        var hidden = dice.Forward(tape, tape.TargetLinear(vectors, sequence, ofTarget, ofBehaviour, ofProduct, bias));
        return tape.PoolSequence(vectors, sequence, tape.Linear(tape.Dropout(hidden, dropout), weight, weightBias));
    }
}

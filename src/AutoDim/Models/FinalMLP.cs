using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// FinalMLP (Mao et al., AAAI 2023), without its feature gates: two streams of hidden layers on the same vectors, o₁ and o₂, joined by a
/// bilinear product in H heads (eq. 7–8), ŷ = b + ⟨w₁, o₁⟩ + ⟨w₂, o₂⟩ + Σ_h o₁_hᵀ W_h o₂_h; head h has the h-th part of each stream's units.
/// </summary>
public sealed class FinalMLP : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly HiddenLayers first, second;
    private readonly Parameter firstOutput, secondOutput, bilinear, bias;

    internal FinalMLP(ModelContext context)
        : base(context)
    {
        var options = context.Options;
        embedding = NewEmbedding();
        first = NewStream("first", options.Hidden);
        second = NewStream("second", options.SecondHidden);
        if (first.Units % options.FusionHeads != 0 || second.Units % options.FusionHeads != 0)
        {
            throw new AutoDimException($"streams that end in {first.Units} and {second.Units} units do not divide among {options.FusionHeads} fusion heads; make both multiples of it");
        }

        firstOutput = AddWeight("output.first", first.Units, 1);
        secondOutput = AddWeight("output.second", second.Units, 1);
        bilinear = AddWeight("output.bilinear", first.Units, second.Units / options.FusionHeads);
        bias = AddBias("output.bias", 1);

        HiddenLayers NewStream(string name, IReadOnlyList<int> units) => AddLayer(new HiddenLayers(name, embedding.ConcatenatedDim, units, options.BatchNorm, options.Dropout, context.Random, activation: options.Activation));
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        Tensor o1 = first.Represent(tape, vectors), o2 = second.Represent(tape, vectors);
        var products = tape.RowDot(tape.GroupLinear(o1, bilinear, Context.Options.FusionHeads), o2);
        return tape.Linear(o2, secondOutput, plus: tape.Linear(o1, firstOutput, bias, plus: products));
    }
}

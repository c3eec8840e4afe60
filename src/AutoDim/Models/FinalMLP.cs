using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// FinalMLP (Mao et al., AAAI 2023): two streams of hidden layers on the same vectors, each behind a feature gate of its own where asked
/// (eq. 5–6), o₁ and o₂, joined by a bilinear product in H heads (eq. 7–8), ŷ = b + ⟨w₁, o₁⟩ + ⟨w₂, o₂⟩ + Σ_h o₁_hᵀ W_h o₂_h; head h has
/// the h-th part of each stream's units.
/// </summary>
public sealed class FinalMLP : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly GatingNetwork? firstGate, secondGate;
    private readonly HiddenLayers first, second;
    private readonly Parameter firstOutput, secondOutput, bilinear, bias;

    internal FinalMLP(ModelContext context)
        : base(context)
    {
        var options = context.Options;
        embedding = NewEmbedding();
        firstGate = NewGate("first.gate", options.FirstGateFields);
        secondGate = NewGate("second.gate", options.SecondGateFields);
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
        var (o1, o2) = firstGate == null ? (first.Represent(tape, vectors), second.Represent(tape, vectors)) : Gated(tape, vectors);
        var products = tape.RowDot(tape.GroupLinear(o1, bilinear, Context.Options.FusionHeads), o2);
        return tape.Linear(o2, secondOutput, plus: tape.Linear(o1, firstOutput, bias, plus: products));
    }

    private (Tensor First, Tensor Second) Gated(Tape tape, FieldVectors vectors)
    {
        var e = tape.Concatenate(vectors);
        return (first.Represent(tape, firstGate!.Forward(tape, vectors, e)), second.Represent(tape, secondGate!.Forward(tape, vectors, e)));
    }

    private GatingNetwork? NewGate(string name, IReadOnlyList<string>? conditioning)
    {
        string[] names = [.. conditioning ?? []];
        if (names.Except(Fields.Select(field => field.Name)).FirstOrDefault() is { } unknown)
        {
            throw new AutoDimException($"a gate is to be conditioned on '{unknown}', but the fields are {string.Join(", ", Fields.Select(field => field.Name))}");
        }

        if (Context.Options.GateHidden is not { } units) return names.Length == 0 ? null : throw new AutoDimException($"a gate is to be conditioned on {string.Join(", ", names)}, but there are no gates; give them hidden layers (gate-hidden)");
        string[] kept = [.. FieldsOf(embedding).Select(field => field.Name)];
        return AddLayer(new GatingNetwork(name, embedding, [.. Enumerable.Range(0, kept.Length).Where(place => names.Contains(kept[place]))], units, Context.Random));
    }
}

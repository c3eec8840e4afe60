using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>
/// FinalMLP's gating network (Mao et al., AAAI 2023, eq. 5–6): h = 2σ(MLP(c)) ⊙ e with e all vectors side by side (B, C) and c those of the
/// fields that condition it, or a learned vector where there are none, which gates every sample alike.
/// </summary>
public sealed class GatingNetwork : HiddenLayers
{
    private readonly Parameter weight, bias;
    private readonly Parameter? learned;
    private readonly int[] conditioning;
    private readonly FieldVectors context;

    /// <param name="conditioning">The fields that condition it, by their places among those that have vectors.</param>
    internal GatingNetwork(string name, EmbeddingLayer embedding, IReadOnlyList<int> conditioning, IReadOnlyList<int> units, CounterRandom random)
        : base(name, Inputs(embedding, conditioning), units, batchNorm: false, dropout: 0, random)
    {
        this.conditioning = [.. conditioning];
        context = new FieldVectors(0, new FieldVector[conditioning.Count]);
        if (conditioning.Count == 0) learned = Add(Parameter.Xavier($"{name}.context", 1, embedding.Dim, random));
        weight = Add(Parameter.Xavier($"{name}.output.weight", Units, embedding.ConcatenatedDim, random));
        bias = Add(Parameter.Constant($"{name}.output.bias", 1, embedding.ConcatenatedDim));
    }

    /// <param name="concatenated">The vectors side by side: (B, C).</param>
    /// <returns>(B, C).</returns>
    public Tensor Forward(Tape tape, FieldVectors vectors, Tensor concatenated)
        => tape.FeatureGate(concatenated, tape.Linear(learned == null ? Represent(tape, ContextOf(vectors)) : Represent(tape, learned), weight, bias));

    private static int Inputs(EmbeddingLayer embedding, IReadOnlyList<int> conditioning)
    {
        int[] dims = [.. embedding.FieldDims.Where(dim => dim > 0)];
        return conditioning.Count == 0 ? embedding.Dim : conditioning.Sum(place => dims[place]);
    }

    private FieldVectors ContextOf(FieldVectors vectors)
    {
        for (var i = 0; i < conditioning.Length; i++) context.Fields[i] = vectors.Fields[conditioning[i]];
        context.BatchSize = vectors.BatchSize;
        return context;
    }
}

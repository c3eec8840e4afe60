using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// AutoFIS (Liu et al., KDD 2020): DeepFM with a gate for each pair, ŷ = b + Σ w_value + Σ α_mk BN(⟨v_m, v_k⟩) + MLP([v_1 … v_M]). In the
/// search stage all pairs take part, and GRDA brings the gates of those of no use to 0. In the re-train stage there are only the
/// pairs that <see cref="ModelOptions.Pairs"/> names, and their gates are weights like others.
/// </summary>
public sealed class AutoFIS : CtrModel
{
    private readonly FirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly PairGates gates;
    private readonly Mlp deep;
    private readonly string[] pairNames;

    internal AutoFIS(ModelContext context)
        : base(context)
    {
        firstOrder = NewFirstOrder();
        embedding = NewEmbedding();
        deep = NewMlp(embedding);
        var pairs = Choose(InnerProducts.AllPairs(embedding.FieldCount), FieldsOf(embedding));
        pairNames = [.. pairs.Select(pair => pair.Name)];
        gates = AddLayer(new PairGates("gates", embedding.FieldCount, [.. pairs.Select(pair => pair.Pair)]));
    }

    internal override IReadOnlyList<Parameter> SparseParameters => IsSearching ? [gates.Weights] : [];

    internal override PairSelection Selection => new([.. pairNames.Where((_, i) => gates.Weights.Values[i] != 0)], PairCount(embedding));

    private bool IsSearching => Context.Options.Pairs == null;

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var linear = firstOrder.Forward(tape, input);
        var pairs = gates.Forward(tape, tape.ConcatenateEqual(vectors));
        return tape.Add(tape.Add(linear, pairs), deep.Forward(tape, vectors));
    }

    /// <summary>The pairs, by place among the fields that have vectors, that the options ask for; those of fields that the plan drops fall away.</summary>
    private ((int Left, int Right) Pair, string Name)[] Choose((int Left, int Right)[] all, Field[] kept)
    {
        _ = PairCount(embedding);
        var named = all.Select(pair => (pair, NameOf(kept[pair.Left], kept[pair.Right])));
        if (Context.Options.Pairs is not { } chosen) return [.. named];
        string[] known = [.. InnerProducts.AllPairs(Fields.Count).Select(pair => NameOf(Fields[pair.Left], Fields[pair.Right]))];
        if (chosen.Except(known).FirstOrDefault() is { } unknown) throw new AutoDimException($"there is no pair '{unknown}'; name two fields in the data's order, as {known[0]}");
        ((int, int), string)[] left = [.. named.Where(pair => chosen.Contains(pair.Item2))];
        return left.Length > 0 ? left : throw new AutoDimException($"none of the {chosen.Count} chosen pairs has two fields with vectors; choose others, or another plan");

        static string NameOf(Field first, Field second) => $"{first.Name}:{second.Name}";
    }
}

using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// AutoFIS (Liu et al., KDD 2020): DeepFM with a gate for each pair, ŷ = b + Σ w_value + Σ α_mk BN(⟨v_m, v_k⟩) + MLP([v_1 … v_M]), and with
/// <see cref="ModelOptions.InteractionOrder"/> 3 for each triple too, + Σ α_mkl BN(Σ_d v_m,d v_k,d v_l,d). In the search stage all take part, and
/// GRDA brings the gates of those of no use to 0. In the re-train stage there are only those that <see cref="ModelOptions.Pairs"/> and
/// <see cref="ModelOptions.Triples"/> name, and their gates are weights like others.
/// </summary>
public sealed class AutoFIS : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly Mlp deep;
    private readonly Interaction[] pairs, triples;
    private readonly (int Left, int Right)[] pairPlaces;
    private readonly (int First, int Second, int Third)[] triplePlaces;
    private readonly ProductGates? pairGates, tripleGates;

    internal AutoFIS(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
        deep = NewMlp(embedding);
        _ = PairCount(embedding);
        pairs = Choose(AllPairs, context.Options.Pairs);
        triples = HasTriples ? Choose(AllTriples, context.Options.Triples) : [];
        pairPlaces = [.. pairs.Select(pair => (pair.Places[0], pair.Places[1]))];
        triplePlaces = [.. triples.Select(triple => (triple.Places[0], triple.Places[1], triple.Places[2]))];
        if (pairs.Length > 0) pairGates = AddLayer(new ProductGates("gates", pairs.Length));
        if (triples.Length > 0) tripleGates = AddLayer(new ProductGates("gates.triples", triples.Length));
        if (pairGates == null && tripleGates == null) throw new AutoDimException("none of the chosen pairs and triples has vectors for all its fields; choose others, or another plan");
    }

    /// <param name="Name">Its fields' names with colons between.</param>
    /// <param name="Places">Its fields among those that have vectors.</param>
    private sealed record Interaction(string Name, int[] Places);

    internal override IReadOnlyList<Parameter> SparseParameters => !IsSearching ? [] : [pairGates!.Weights, .. tripleGates == null ? (ReadOnlySpan<Parameter>)[] : [tripleGates.Weights]];

    internal override PairSelection Selection => new(Open(pairs, pairGates), AllPairs(embedding.FieldCount).Count())
    {
        Triples = Open(triples, tripleGates),
        OfTriples = HasTriples ? AllTriples(embedding.FieldCount).Count() : 0,
    };

    private bool IsSearching => Context.Options is { Pairs: null, Triples: null };

    private bool HasTriples => IsSearching ? Context.Options.InteractionOrder > 2 : Context.Options.Triples != null;

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var logits = firstOrder.Forward(tape, input, vectors);
        var x = tape.ConcatenateEqual(vectors);
        if (pairGates != null) logits = tape.Add(logits, pairGates.Forward(tape, tape.InnerProducts(x, embedding.FieldCount, pairPlaces)));
        if (tripleGates != null) logits = tape.Add(logits, tripleGates.Forward(tape, tape.TripleProducts(x, embedding.FieldCount, triplePlaces)));
        return tape.Add(logits, deep.Forward(tape, vectors));
    }

    private static IEnumerable<int[]> AllPairs(int fields) => InnerProducts.AllPairs(fields).Select(pair => (int[])[pair.Left, pair.Right]);

    private static IEnumerable<int[]> AllTriples(int fields) => TripleProducts.AllTriples(fields).Select(triple => (int[])[triple.First, triple.Second, triple.Third]);

    private static Interaction[] Named(IEnumerable<int[]> all, IReadOnlyList<Field> fields) => [.. all.Select(places => new Interaction(string.Join(':', places.Select(place => fields[place].Name)), places))];

    private static string[] Open(Interaction[] interactions, ProductGates? gates) => [.. interactions.Where((_, i) => gates!.Weights.Values[i] != 0).Select(interaction => interaction.Name)];

    /// <summary>The interactions that the options ask for, all in a search; those of fields that the plan drops fall away.</summary>
    private Interaction[] Choose(Func<int, IEnumerable<int[]>> all, IReadOnlyList<string>? chosen)
    {
        var left = Named(all(embedding.FieldCount), FieldsOf(embedding));
        if (IsSearching) return left;
        string[] known = [.. Named(all(Fields.Count), Fields).Select(interaction => interaction.Name)], names = [.. chosen ?? []];
        if (names.Except(known).FirstOrDefault() is { } unknown) throw new AutoDimException($"there is no interaction '{unknown}'; name fields in the data's order, as {known.FirstOrDefault("first:second")}");
        return [.. left.Where(interaction => names.Contains(interaction.Name))];
    }
}

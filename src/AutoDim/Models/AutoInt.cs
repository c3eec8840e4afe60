using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// AutoInt (Song et al., CIKM 2019, eq. 5–9): layers of attention between fields, e ← ReLU(attention(e Q, e K, e V) + e R) with one map for all
/// fields, e from (B, M·D) to (B, M·A); then ŷ = ⟨w, e⟩ + b. AutoInt+ adds MLP([v_1 … v_M]).
/// </summary>
public sealed class AutoInt : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly AttentionLayer[] layers;
    private readonly Parameter output, bias;
    private readonly Mlp? deep;

    internal AutoInt(ModelContext context, bool hasHidden)
        : base(context)
    {
        var options = context.Options;
        if (options.AttentionUnits % options.AttentionHeads != 0) throw new AutoDimException($"{options.AttentionUnits} attention units do not divide among {options.AttentionHeads} heads; make one a multiple of the other");
        embedding = NewEmbedding();
        layers = [.. Enumerable.Range(0, options.AttentionLayers).Select(i => NewLayer($"attention.{i}", i == 0 ? embedding.Dim : options.AttentionUnits))];
        output = AddWeight("output.weight", embedding.FieldCount * options.AttentionUnits, 1);
        bias = AddBias("output.bias", 1);
        if (hasHidden) deep = NewMlp(embedding);

        AttentionLayer NewLayer(string name, int inputs) => new(NewMap($"{name}.query", inputs), NewMap($"{name}.key", inputs), NewMap($"{name}.value", inputs), NewMap($"{name}.residual", inputs));
        Parameter NewMap(string name, int inputs) => AddWeight(name, inputs, options.AttentionUnits);
    }

    /// <summary>Maps (D, A), later (A, A).</summary>
    private sealed record AttentionLayer(Parameter Query, Parameter Key, Parameter Value, Parameter Residual);

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var e = tape.ConcatenateEqual(vectors);
        foreach (var layer in layers)
        {
            var attended = tape.SelfAttention(tape.Linear(e, layer.Query), tape.Linear(e, layer.Key), tape.Linear(e, layer.Value), embedding.FieldCount, Context.Options.AttentionHeads);
            e = tape.Linear(e, layer.Residual, relu: true, plus: tape.Dropout(attended, Context.Options.AttentionDropout));
        }

        var logits = tape.Linear(e, output, bias);
        return deep == null ? logits : tape.Add(logits, deep.Forward(tape, vectors));
    }
}

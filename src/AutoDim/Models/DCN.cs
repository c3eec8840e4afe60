using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Deep &amp; Cross Network (Wang et al., ADKDD 2017), with x₀ = [v_1 … v_M] (B, Σ d) and cross layers x ← x₀ (xᵀw) + b + x (eq. 3):
/// ŷ = ⟨w, x_L⟩ + MLP(x₀).
/// </summary>
public sealed class DCN : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly (Parameter Weight, Parameter Bias)[] cross;
    private readonly Parameter output;
    private readonly Mlp deep;

    internal DCN(ModelContext context)
        : base(context)
    {
        embedding = NewEmbedding();
        var columns = embedding.ConcatenatedDim;
        cross = [.. Enumerable.Range(0, context.Options.CrossLayers).Select(i => (AddWeight($"cross.{i}.weight", columns, 1), AddBias($"cross.{i}.bias", columns)))];
        output = AddWeight("cross.output", columns, 1);
        deep = NewMlp(embedding);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var first = tape.Concatenate(vectors);
        var x = first;
        foreach (var (weight, bias) in cross) x = tape.CrossVector(first, x, weight, bias);
        return tape.Add(tape.Linear(x, output), deep.Forward(tape, vectors));
    }
}

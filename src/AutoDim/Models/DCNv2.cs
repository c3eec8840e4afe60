using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Deep &amp; Cross Network v2 (Wang et al., WWW 2021), with x₀ = [v_1 … v_M] (B, Σ d) and cross layers x ← x₀ ⊙ (W x + b) + x, W a full
/// matrix or a mixture of low-rank experts. Parallel: ŷ = ⟨w, x_L⟩ + MLP(x₀). Stacked: ŷ = MLP(x_L).
/// </summary>
public sealed class DCNv2 : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly CrossNetwork cross;
    private readonly Parameter? output;
    private readonly Mlp deep;

    internal DCNv2(ModelContext context)
        : base(context)
    {
        var options = context.Options;
        embedding = NewEmbedding();
        var columns = embedding.ConcatenatedDim;
        cross = AddLayer(new CrossNetwork("cross", columns, options.CrossLayers, options.CrossRank, options.CrossExperts, context.Random));
        if (options.CrossStructure == CrossStructure.Parallel) output = AddWeight("cross.output", columns, 1);
        deep = NewMlpOf(columns);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var x = cross.Forward(tape, tape.Concatenate(vectors));
        return output == null ? deep.Forward(tape, x) : tape.Add(tape.Linear(x, output), deep.Forward(tape, vectors));
    }
}

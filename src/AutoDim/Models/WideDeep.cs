using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>Wide &amp; Deep (Cheng et al., DLRS 2016): ŷ = b + Σ w_value + MLP([v_1 … v_M]).</summary>
public sealed class WideDeep : CtrModel
{
    private readonly IFirstOrder wide;
    private readonly EmbeddingLayer embedding;
    private readonly Mlp deep;

    internal WideDeep(ModelContext context)
        : base(context)
    {
        (wide, embedding) = NewFirstOrderAndEmbedding();
        deep = NewMlp(embedding);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        return tape.Add(wide.Forward(tape, input, vectors), deep.Forward(tape, vectors));
    }
}

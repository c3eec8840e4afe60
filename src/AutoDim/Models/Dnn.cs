using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>Hidden layers over the concatenated vectors: ŷ = MLP([v_1 … v_M]).</summary>
public sealed class Dnn : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly Mlp mlp;

    internal Dnn(ModelContext context)
        : base(context)
    {
        embedding = NewEmbedding();
        mlp = NewMlp(embedding);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input) => mlp.Forward(tape, embedding.Lookup(tape, input));
}

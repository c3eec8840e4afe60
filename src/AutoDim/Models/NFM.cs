using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Neural factorization machine (He, Chua, SIGIR 2017, eq. 3–7): ŷ = b + Σ w_value + MLP(Σ over pairs v_m ⊙ v_k); the pooled vector is (B, D).
/// </summary>
public sealed class NFM : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly Mlp mlp;

    internal NFM(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
        mlp = NewMlpOf(embedding.Dim);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var pooled = tape.BiInteraction(vectors);
        return tape.Add(firstOrder.Forward(tape, input, vectors), mlp.Forward(tape, pooled));
    }
}

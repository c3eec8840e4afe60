using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Factorization-machine supported neural network (Zhang, Du, Wang, ECIR 2016): hidden layers on each field's vector and first-order weight,
/// ŷ = MLP([v_1, w_1 … v_M, w_M]), both meant to start from a trained FM, whose names and shapes of tables it therefore has.
/// </summary>
public sealed class FNN : CtrModel
{
    private readonly FirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly Mlp mlp;

    internal FNN(ModelContext context)
        : base(context)
    {
        firstOrder = NewFirstOrder(hasBias: false);
        embedding = NewEmbedding();
        mlp = NewMlp(embedding, beside: Fields.Count);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
        => mlp.Forward(tape, embedding.Lookup(tape, input), tape.Concatenate(firstOrder.Lookup(tape, input)));
}

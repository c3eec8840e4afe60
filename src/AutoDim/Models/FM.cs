using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>Factorization machine (Rendle, ICDM 2010): ŷ = b + Σ w_value + Σ over pairs ⟨v_m, v_k⟩.</summary>
public sealed class FM : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;

    internal FM(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        return tape.Add(firstOrder.Forward(tape, input, vectors), tape.FactorizationMachine(vectors));
    }
}

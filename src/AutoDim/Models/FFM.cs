using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Field-aware factorization machine (Juan et al., RecSys 2016, eq. 4): ŷ = b + Σ w_value + Σ over pairs ⟨v_m,k , v_k,m⟩. A value's row holds its
/// vectors for all M fields, so dimension D gives each D/M numbers; a plan's maps lead to all of them at once. With D below M some pairs have none.
/// </summary>
public sealed class FFM : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;

    internal FFM(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var x = tape.ConcatenateEqual(vectors);
        return tape.Add(firstOrder.Forward(tape, input, vectors), tape.FieldAwareProducts(x, embedding.FieldCount));
    }
}

using AutoDim.Autograd;
using AutoDim.Embeddings;

namespace AutoDim.Models;

/// <summary>
/// Field-weighted factorization machine (Pan et al., WWW 2018, eq. 4 and 7): ŷ = b + Σ ⟨w_m, v_m⟩ + Σ over pairs r_mk ⟨v_m, v_k⟩, with a vector
/// w_m and a number r_mk for each field and pair: x (B, M·D), w (M·D, 1), r (M(M − 1)/2, 1).
/// </summary>
public sealed class FwFM : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly Parameter linear, bias, pairs;

    internal FwFM(ModelContext context)
        : base(context)
    {
        embedding = NewEmbedding();
        linear = AddWeight("linear", embedding.FieldCount * embedding.Dim, 1);
        bias = AddBias("bias", 1);
        pairs = AddWeight("pairs", PairCount(embedding), 1);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var x = tape.ConcatenateEqual(embedding.Lookup(tape, input));
        return tape.Add(tape.Linear(x, linear, bias), tape.Linear(tape.InnerProducts(x, embedding.FieldCount), pairs));
    }
}

using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Attentional factorization machine (Xiao et al., IJCAI 2017, eq. 5–6): ŷ = b + Σ w_value + ⟨p, Σ over pairs a_mk v_m ⊙ v_k⟩ with
/// a = softmax over pairs of hᵀ ReLU(Wᵀ(v_m ⊙ v_k) + c). W is (D, A), h (A, 1), p (D, 1).
/// </summary>
public sealed class AFM : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly Parameter weight, bias, readout, output;

    internal AFM(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
        _ = PairCount(embedding);
        var units = context.Options.AttentionUnits;
        weight = AddWeight("attention.weight", embedding.Dim, units);
        bias = AddBias("attention.bias", units);
        readout = AddWeight("attention.readout", units, 1);
        output = AddWeight("output", embedding.Dim, 1);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var fields = embedding.FieldCount;
        var vectors = embedding.Lookup(tape, input);
        var x = tape.ConcatenateEqual(vectors);
        var attention = tape.Softmax(tape.PairAttention(x, weight, bias, readout, fields));
        var pooled = tape.WeightedPairs(x, tape.Dropout(attention, Context.Options.AttentionDropout), fields);
        return tape.Add(firstOrder.Forward(tape, input, vectors), tape.Linear(tape.Dropout(pooled, Context.Options.AttentionDropout), output));
    }
}

using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// DeepFM (Guo et al., IJCAI 2017): ŷ = b + Σ w_value + Σ over pairs ⟨v_m, v_k⟩ + MLP([v_1 … v_M]), one embedding for both parts.
/// </summary>
public sealed class DeepFM : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly Mlp deep;

    internal DeepFM(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
        deep = NewMlp(embedding);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var linear = firstOrder.Forward(tape, input, vectors);
        var pairs = tape.FactorizationMachine(vectors);
        return tape.Add(tape.Add(linear, pairs), deep.Forward(tape, vectors));
    }
}

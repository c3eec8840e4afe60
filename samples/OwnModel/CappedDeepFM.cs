using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;
using AutoDim.Models;

namespace OwnModel;

/// <summary>A model of one's own, DeepFM with the pairs' part within ±1: ŷ = first order + tanh(Σ over pairs ⟨v_m, v_k⟩) + MLP([v_1 … v_M]).</summary>
public sealed class CappedDeepFM : CtrModel
{
    private readonly FirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly Mlp deep;

    public CappedDeepFM(ModelContext context)
        : base(context)
    {
        firstOrder = NewFirstOrder();
        embedding = NewEmbedding(); // by any plan, or a search in its place
        deep = NewMlp(embedding);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var pairs = tape.Tanh(tape.FactorizationMachine(vectors));
        return tape.Add(tape.Add(firstOrder.Forward(tape, input), pairs), deep.Forward(tape, vectors));
    }
}

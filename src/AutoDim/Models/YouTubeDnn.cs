using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// The ranking network of Covington, Adams, Sargin (RecSys 2016): hidden layers over the vectors and, beside them, the mean of each behaviour
/// sequence's, ŷ = MLP([v_1 … v_M, mean_1 … mean_S]).
/// </summary>
public sealed class YouTubeDnn : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly Mlp mlp;

    internal YouTubeDnn(ModelContext context)
        : base(context)
    {
        embedding = NewEmbedding();
        mlp = NewMlp(embedding, SequenceDim(embedding));
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        Tensor? means = null;
        for (var s = 0; s < embedding.Sequences.Count; s++) means = tape.Append(means, tape.PoolSequence(vectors, s));
        return mlp.Forward(tape, vectors, means);
    }
}

using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Deep Interest Network (Zhou et al., KDD 2018): hidden layers over the vectors and, beside them, what each behaviour sequence says of the
/// sample's own value of its field, ŷ = MLP([v_1 … v_M, u_1 … u_S]) with u_s = Σ_j a(e_j, v) e_j of an <see cref="ActivationUnit"/>.
/// </summary>
public sealed class DIN : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly ActivationUnit[] units;
    private readonly Mlp mlp;

    internal DIN(ModelContext context)
        : base(context)
    {
        embedding = NewEmbedding();
        units = [.. embedding.Sequences.Select((sequence, s) => AddLayer(new ActivationUnit(
            $"attention.{sequence.Name}", s, sequence.Dim, context.Options.AttentionUnits, context.Options.AttentionDropout, context.Random)))];
        mlp = NewMlp(embedding, SequenceDim(embedding));
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        Tensor? interests = null;
        foreach (var unit in units) interests = tape.Append(interests, unit.Forward(tape, vectors));
        return mlp.Forward(tape, vectors, interests);
    }
}

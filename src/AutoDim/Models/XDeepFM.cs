using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// xDeepFM (Lian et al., KDD 2018): ŷ = b + Σ w_value + CIN + MLP([v_1 … v_M]). The compressed interaction network makes feature maps
/// x^k_h,d = Σ_ij W^k_hij x^(k−1)_i,d x⁰_j,d from x⁰ = the vectors (eq. 6), sums each over d, and reads all sums linearly (eq. 8).
/// </summary>
public sealed class XDeepFM : CtrModel
{
    private readonly IFirstOrder firstOrder;
    private readonly EmbeddingLayer embedding;
    private readonly (Parameter Weight, Parameter Output)[] interactions;
    private readonly Mlp deep;

    internal XDeepFM(ModelContext context)
        : base(context)
    {
        (firstOrder, embedding) = NewFirstOrderAndEmbedding();
        var units = context.Options.InteractionUnits;
        interactions = [.. units.Select((count, k) => (
            AddWeight($"interaction.{k}.weight", (k == 0 ? embedding.FieldCount : units[k - 1]) * embedding.FieldCount, count),
            AddWeight($"interaction.{k}.output", count, 1)))];
        deep = NewMlp(embedding);
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var logits = tape.Add(firstOrder.Forward(tape, input, vectors), deep.Forward(tape, vectors));
        var first = tape.SwapAxes(tape.ConcatenateEqual(vectors), embedding.FieldCount);
        var x = first;
        foreach (var (weight, output) in interactions)
        {
            x = tape.CompressedInteraction(x, first, weight, embedding.Dim);
            logits = tape.Linear(tape.SumGroups(x, embedding.Dim), output, plus: logits);
        }

        return logits;
    }
}

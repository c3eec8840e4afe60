using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Field-weighted factorization machine (Pan et al., WWW 2018, eq. 4 and 7): ŷ = b + linear + Σ over pairs r_mk ⟨v_m, v_k⟩ with a number r_mk
/// for each pair, r (M(M − 1)/2, 1). The linear term is one of <see cref="LinearTerm"/>: by default Σ ⟨w_m, v_m⟩, x (B, M·D), w (M·D, 1).
/// </summary>
public sealed class FwFM : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly Parameter? fieldVectors;
    private readonly FirstOrder? valueWeights;
    private readonly ValueVectors? valueVectors;
    private readonly Parameter bias, pairs;

    internal FwFM(ModelContext context)
        : base(context)
    {
        embedding = NewEmbedding();
        switch (context.Options.LinearTerm)
        {
            case LinearTerm.ValueWeights:
                valueWeights = NewFirstOrder(hasBias: false);
                break;
            case LinearTerm.ValueVectors:
                valueVectors = Add(new ValueVectors(Set, Fields, embedding.UnmappedDims, context.Options.InitialDeviation, context.Random));
                break;
            default:
                fieldVectors = AddWeight("linear", embedding.FieldCount * embedding.Dim, 1);
                break;
        }

        bias = AddBias("bias", 1);
        pairs = AddWeight("pairs", PairCount(embedding), 1);
    }

    /// <summary>What a value has beside its vector, for the catalogue.</summary>
    internal static LinearRow LinearRowOf(ModelOptions options) => options.LinearTerm switch
    {
        LinearTerm.ValueWeights => LinearRow.Weight,
        LinearTerm.ValueVectors => LinearRow.Vector,
        _ => LinearRow.None,
    };

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var x = tape.ConcatenateEqual(vectors);
        var products = tape.InnerProducts(x, embedding.FieldCount);
        if (fieldVectors != null) return tape.Add(tape.Linear(x, fieldVectors, bias), tape.Linear(products, pairs));
        var linear = valueVectors?.Forward(tape, input, vectors) ?? valueWeights!.Forward(tape, input);
        return tape.Linear(products, pairs, bias, plus: linear);
    }
}

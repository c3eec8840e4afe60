using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;

namespace AutoDim.Models;

/// <summary>
/// Product-based neural network (Qu et al., ICDM 2016): hidden layers on the vectors z (B, M·D) with products p beside them,
/// l₁ = ReLU(z·W_z + p·W_p + b₁). Inner (IPNN): ⟨v_m, v_k⟩ of all pairs, (B, M(M − 1)/2). Outer (OPNN): f fᵀ with f = Σ v_m, (B, D·D).
/// </summary>
public sealed class PNN : CtrModel
{
    private readonly EmbeddingLayer embedding;
    private readonly Mlp mlp;
    private readonly ProductKinds kinds;

    internal PNN(ModelContext context, ProductKinds kinds)
        : base(context)
    {
        this.kinds = kinds;
        embedding = NewEmbedding();
        var products = (kinds.HasFlag(ProductKinds.Inner) ? PairCount(embedding) : 0) + (kinds.HasFlag(ProductKinds.Outer) ? embedding.Dim * embedding.Dim : 0);
        mlp = NewMlp(embedding, products);
    }

    /// <summary>The products beside the vectors.</summary>
    [Flags]
    internal enum ProductKinds
    {
        Inner = 1,
        Outer = 2,
    }

    public override Tensor Forward(Tape tape, IndexedBatch input)
    {
        var vectors = embedding.Lookup(tape, input);
        var x = tape.ConcatenateEqual(vectors);
        var products = kinds switch
        {
            ProductKinds.Inner => tape.InnerProducts(x, embedding.FieldCount),
            ProductKinds.Outer => tape.OuterProduct(x, embedding.FieldCount),
            _ => tape.Append(tape.InnerProducts(x, embedding.FieldCount), tape.OuterProduct(x, embedding.FieldCount)),
        };
        return mlp.Forward(tape, vectors, products);
    }
}

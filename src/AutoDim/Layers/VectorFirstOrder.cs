using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>The first-order term read from the vectors, b + Σ ⟨w_m, v_m⟩ with a vector w_m for each field (FwFM's FiLV; Pan et al., WWW 2018, section 4.3): (B, 1).</summary>
public sealed class VectorFirstOrder : Layer, IFirstOrder
{
    private readonly Parameter weight, bias;

    internal VectorFirstOrder(EmbeddingLayer embedding, CounterRandom random)
    {
        weight = Add(Parameter.Xavier("linear", embedding.ConcatenatedDim, 1, random));
        bias = Add(Parameter.Constant("bias", 1, 1));
    }

    public Tensor Forward(Tape tape, IndexedBatch input, FieldVectors vectors) => tape.FieldLinear(vectors, weight, bias);
}

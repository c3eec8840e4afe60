using AutoDim.Autograd;
using AutoDim.Embeddings;

namespace AutoDim.Layers;

/// <summary>A model's bias and first-order term.</summary>
public interface IFirstOrder
{
    /// <param name="vectors">The model's vectors of the same batch.</param>
    /// <returns>(B, 1).</returns>
    Tensor Forward(Tape tape, IndexedBatch input, FieldVectors vectors);
}

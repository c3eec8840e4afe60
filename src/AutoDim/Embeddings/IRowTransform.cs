using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>What a search puts between a field's rows and the model that reads them.</summary>
internal interface IRowTransform
{
    /// <summary>The field's rows as the model is to see them: (distinct, d) → (distinct, d).</summary>
    Tensor Apply(Tape tape, int field, DistinctRows rows, Tensor vectors);
}

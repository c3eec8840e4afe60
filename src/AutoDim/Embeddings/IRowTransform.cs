using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>What a search puts between a field's rows and the model that reads them.</summary>
internal interface IRowTransform
{
    /// <summary>Weights of its own that learn with the model's and belong to it.</summary>
    IReadOnlyList<Parameter> Weights => [];

    /// <summary>Running statistics, likewise.</summary>
    IReadOnlyList<Parameter> Statistics => [];

    /// <summary>The field's rows as the model is to see them: (distinct, d) → (distinct, d).</summary>
    Tensor Apply(Tape tape, int field, DistinctRows rows, Tensor vectors);
}

using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>The operations that take a batch's vectors from the tables into a model. B is the batch, M the fields, D the dimension.</summary>
public static class VectorOperations
{
    /// <summary>Each sample's vectors side by side: (B, Σ d).</summary>
    public static Tensor Concatenate(this Tape tape, FieldVectors vectors) => Embeddings.Concatenate.Apply(tape, vectors);

    /// <summary>Each sample's vectors of one dimension side by side: (B, M·D). Throws where dimensions differ.</summary>
    public static Tensor ConcatenateEqual(this Tape tape, FieldVectors vectors)
    {
        _ = vectors.EqualDim;
        return Embeddings.Concatenate.Apply(tape, vectors);
    }

    /// <summary>A linear layer on each sample's vectors side by side, (B, Σ d)·(Σ d, H) + (1, H), with ReLU where asked: (B, H).</summary>
    public static Tensor FieldLinear(this Tape tape, FieldVectors vectors, Tensor weight, Tensor? bias = null, bool relu = false)
        => Embeddings.FieldLinear.Apply(tape, vectors, weight, bias, relu);

    /// <summary>Σ over pairs of fields ⟨v_m, v_k⟩: (B, 1). Vectors must have equal dimensions.</summary>
    public static Tensor FactorizationMachine(this Tape tape, FieldVectors vectors) => Embeddings.FactorizationMachine.Apply(tape, vectors);

    /// <summary>Σ over pairs of fields v_m ⊙ v_k: (B, D). Vectors must have equal dimensions.</summary>
    public static Tensor BiInteraction(this Tape tape, FieldVectors vectors) => Embeddings.BiInteraction.Apply(tape, vectors);

    /// <summary>Σ over fields of one-dimensional vectors: (B, 1).</summary>
    public static Tensor SumFields(this Tape tape, FieldVectors vectors) => Embeddings.SumFields.Apply(tape, vectors);

    /// <summary>
    /// The entries of the sequence at this position as one vector a sample, Σ_j a_j e_j with weights (N, 1), or their mean without; zero where
    /// there are none: (B, d). N is the entries of all samples.
    /// </summary>
    public static Tensor PoolSequence(this Tape tape, FieldVectors vectors, int sequence, Tensor? weights = null)
        => Embeddings.PoolSequence.Apply(tape, vectors, sequence, weights);

    /// <summary>v·A + e·B + (v ⊙ e)·C + b for every entry e of a sequence and its sample's vector v of the same field; (d, H) three times, (1, H) → (N, H).</summary>
    public static Tensor TargetLinear(this Tape tape, FieldVectors vectors, int sequence, Tensor ofTarget, Tensor ofEntry, Tensor ofProduct, Tensor bias)
        => Embeddings.TargetLinear.Apply(tape, vectors, sequence, ofTarget, ofEntry, ofProduct, bias);
}

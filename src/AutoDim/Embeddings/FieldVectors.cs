using System.Runtime.CompilerServices;
using AutoDim.Autograd;

namespace AutoDim.Embeddings;

/// <summary>One field's vectors in this batch: the distinct ones, and which of them each sample has.</summary>
/// <param name="Field">Index of the field.</param>
/// <param name="Vectors">(distinct, dim), or (B, dim) where every sample has its own.</param>
/// <param name="PositionsAddress">Address of the sample's row of <paramref name="Vectors"/>, one 32-bit number each; 0 where sample i has row i.</param>
/// <param name="Values">The values that the vectors are of, where a value's vector depends on nothing but weights; else null.</param>
internal readonly unsafe record struct FieldVector(int Field, Tensor Vectors, nint PositionsAddress, DistinctRows? Values = null)
{
    // Not public: a record prints what is, and the native compiler cannot print a pointer.
    internal int* Positions => (int*)PositionsAddress;

    public int Dim => Vectors.Columns;

    /// <summary>The row of <see cref="Vectors"/> that a sample has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RowOf(int sample) => PositionsAddress == 0 ? sample : ((int*)PositionsAddress)[sample];
}

/// <summary>A sequence's entries in this batch, which are among the rows of its field's vectors.</summary>
/// <param name="Vector">Position of the field's vectors in <see cref="FieldVectors.Fields"/>.</param>
/// <param name="PositionsAddress">Address of the entries' rows of the vectors, one 32-bit number each; 0 where entry n has row <paramref name="First"/> + n.</param>
/// <param name="Number">Position among its field's sequences.</param>
/// <param name="OffsetsAddress">Address of B + 1 positions: sample i has the entries from the i-th to before the next.</param>
internal readonly unsafe record struct SequenceEntries(int Vector, int Number, nint PositionsAddress, int First, nint OffsetsAddress)
{
    /// <summary>B + 1 positions of the samples' entries.</summary>
    internal int* Offsets => (int*)OffsetsAddress;

    /// <summary>The row of the vectors that an entry has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RowOf(int entry) => PositionsAddress == 0 ? First + entry : ((int*)PositionsAddress)[entry];
}

/// <summary>The vectors of all fields of a batch, on their way from the tables into a model's interactions.</summary>
public sealed class FieldVectors
{
    internal FieldVectors(int batchSize, FieldVector[] fields, FieldMap?[]? maps = null, FieldVectors? unmapped = null, SequenceEntries[]? sequences = null)
    {
        BatchSize = batchSize;
        Fields = fields;
        Maps = maps;
        Unmapped = unmapped ?? this;
        Sequences = sequences ?? [];
    }

    /// <summary>Samples in the batch.</summary>
    public int BatchSize { get; internal set; }

    /// <summary>Sum of the fields' dimensions: the columns of their concatenation.</summary>
    public int TotalDim
    {
        get
        {
            var total = 0;
            foreach (var vector in Fields) total += vector.Dim;
            return total;
        }
    }

    /// <summary>D, the dimension of every field's vectors; throws where they differ.</summary>
    public int EqualDim
    {
        get
        {
            var dim = Fields[0].Dim;
            foreach (ref readonly var vector in Fields.AsSpan())
            {
                if (vector.Dim != dim) throw new AutoDimException("inner products need vectors of equal dimensions; use a plan with projection linear or zeroPadding");
            }

            return dim;
        }
    }

    /// <summary>N, the entries that all samples have together of the sequence at this position.</summary>
    public unsafe int EntryCount(int sequence) => Sequences[sequence].Offsets[BatchSize];

    internal FieldVector[] Fields { get; }

    /// <summary>The sequences of the fields that have vectors.</summary>
    internal SequenceEntries[] Sequences { get; }

    /// <summary>The vectors before the plan's maps; itself where there are none.</summary>
    internal FieldVectors Unmapped { get; }

    /// <summary>Each field's map from <see cref="Unmapped"/> to these vectors, null for identity; null where no field has one.</summary>
    internal FieldMap?[]? Maps { get; }
}

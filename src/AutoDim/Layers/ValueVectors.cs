using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>A second vector per value, as long as the first before any map, and the inner product of both, Σ ⟨w_value, v_value⟩: (B, 1).</summary>
public sealed class ValueVectors : EmbeddingLayer
{
    private readonly FieldTables tables;
    private readonly FieldVectors vectors;

    /// <param name="dims">Of each field's rows; 0 for a field without.</param>
    internal ValueVectors(TableSet set, IReadOnlyList<Field> fields, IReadOnlyList<int> dims, double deviation, CounterRandom random)
    {
        tables = new FieldTables(this, set, "linear", fields, dims, deviation, random);
        FieldDims = dims;
        vectors = new FieldVectors(0, new FieldVector[FieldCount]);
    }

    public override int Dim => FieldDims.Max();

    public override int FieldCount => FieldDims.Count(dim => dim > 0);

    public override int ConcatenatedDim => FieldDims.Sum();

    internal override IReadOnlyList<int> FieldDims { get; }

    internal override IReadOnlyList<int> UnmappedDims => FieldDims;

    public override FieldVectors Lookup(Tape tape, IndexedBatch input)
    {
        tables.Lookup(tape, input).CopyTo(vectors.Fields, 0);
        vectors.BatchSize = input.Size;
        return vectors;
    }

    /// <param name="first">The values' first vectors.</param>
    public Tensor Forward(Tape tape, IndexedBatch input, FieldVectors first) => tape.RowDot(tape.Concatenate(first.Unmapped), tape.Concatenate(Lookup(tape, input)));
}

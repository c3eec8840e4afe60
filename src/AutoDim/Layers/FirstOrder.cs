using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Layers;

/// <summary>The first-order (wide) term: one weight per value and a bias, b + Σ w_value: (B, 1).</summary>
public sealed class FirstOrder : EmbeddingLayer, IFirstOrder
{
    private readonly FieldTables tables;
    private readonly FieldVectors vectors;
    private readonly Parameter? bias;

    /// <param name="hasBias">Off where the weights are inputs of a layer, not a sum.</param>
    internal FirstOrder(TableSet set, IReadOnlyList<Field> fields, double deviation, CounterRandom random, bool hasBias = true)
    {
        tables = new FieldTables(this, set, "linear", fields, [.. fields.Select(_ => 1)], deviation, random);
        vectors = new FieldVectors(0, new FieldVector[fields.Count]);
        if (hasBias) bias = AddParameter(Parameter.Constant("bias", 1, 1));
        FieldCount = fields.Count;
    }

    public override int Dim => 1;

    public override int FieldCount { get; }

    internal override IReadOnlyList<int> FieldDims => [.. Enumerable.Repeat(1, FieldCount)];

    internal override IReadOnlyList<int> UnmappedDims => FieldDims;

    public override FieldVectors Lookup(Tape tape, IndexedBatch input)
    {
        tables.Lookup(tape, input).CopyTo(vectors.Fields, 0);
        vectors.BatchSize = input.Size;
        return vectors;
    }

    public Tensor Forward(Tape tape, IndexedBatch input)
    {
        var sum = tape.SumFields(Lookup(tape, input));
        return bias == null ? sum : tape.Add(sum, bias);
    }

    Tensor IFirstOrder.Forward(Tape tape, IndexedBatch input, FieldVectors vectors) => Forward(tape, input);
}

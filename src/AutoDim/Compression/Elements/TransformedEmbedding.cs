using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Models;

namespace AutoDim.Compression.Elements;

/// <summary>Tables of one dimension for all fields, named as a plan's, whose rows a search changes on their way into the model.</summary>
internal sealed class TransformedEmbedding : EmbeddingLayer
{
    private readonly FieldTables tables;
    private readonly IRowTransform transform;
    private readonly FieldVectors result;

    public TransformedEmbedding(ModelContext context, int dim, IRowTransform transform)
    {
        (Dim, FieldCount, this.transform) = (dim, context.Fields.Count, transform);
        FieldDims = [.. context.Fields.Select(_ => dim)];
        tables = new FieldTables(this, context.Tables, "embedding", context.Fields, FieldDims, context.Options.InitialDeviation, context.Random);
        foreach (var weight in transform.Weights) AddParameter(weight);
        foreach (var statistic in transform.Statistics) AddStatistic(statistic);
        result = new FieldVectors(0, new FieldVector[FieldCount], sequences: tables.Sequences);
        Sequences = SequencePlace.Of(context.Fields, FieldDims);
    }

    public override int Dim { get; }

    public override int FieldCount { get; }

    internal override IReadOnlyList<int> UnmappedDims => FieldDims;

    internal override IReadOnlyList<int> FieldDims { get; }

    public override FieldVectors Lookup(Tape tape, IndexedBatch input)
    {
        tables.Lookup(tape, input, transform).CopyTo(result.Fields, 0);
        result.BatchSize = input.Size;
        return result;
    }
}

using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Tables with the dimensions of a plan. Where fields differ, each field's rows are mapped to the plan's largest dimension
/// (linear map with bias, or zero padding), unless the plan says none; a model may also take the unmapped rows.
/// </summary>
internal sealed class PlannedEmbedding : EmbeddingLayer
{
    private readonly FieldTables tables;
    private readonly FieldMap?[]? maps;
    private readonly FieldVector[] mapped;
    private readonly FieldVectors result;
    private readonly FieldVectors unmapped;

    /// <param name="deviation">Standard deviation of the tables' normal start.</param>
    public PlannedEmbedding(TableSet set, IReadOnlyList<Field> fields, EmbeddingPlan plan, double deviation, CounterRandom random)
    {
        plan.Check(fields);
        Dim = plan.MappedDim;
        var kept = plan.Fields.Where(field => field.Dim > 0).ToArray();
        UnmappedDims = [.. plan.Fields.Select(field => field.Dim)];
        tables = new FieldTables(this, set, "embedding", fields, UnmappedDims, deviation, random);
        FieldCount = kept.Length;
        FieldDims = [.. plan.Fields.Select(field => field.Dim == 0 || plan.Projection == Projection.None ? field.Dim : Dim)];
        mapped = new FieldVector[kept.Length];
        unmapped = new FieldVectors(0, new FieldVector[kept.Length], sequences: tables.Sequences);
        var needsMaps = plan.Projection != Projection.None && kept.Any(field => field.Dim != Dim);
        if (needsMaps)
        {
            maps = [.. kept.Select(field => plan.Projection == Projection.Linear && field.Dim != Dim ? NewMap(field, random) : null)];
        }

        result = needsMaps ? new FieldVectors(0, mapped, maps, unmapped, tables.Sequences) : unmapped;
        Sequences = SequencePlace.Of(fields, FieldDims);
    }

    public override int Dim { get; }

    public override int FieldCount { get; }

    public override int ConcatenatedDim => FieldDims.Sum();

    internal override IReadOnlyList<int> FieldDims { get; }

    internal override IReadOnlyList<int> UnmappedDims { get; }

    public override FieldVectors Lookup(Tape tape, IndexedBatch input)
    {
        tables.Lookup(tape, input).CopyTo(unmapped.Fields, 0);
        unmapped.BatchSize = result.BatchSize = input.Size;
        if (maps != null) MapFields.Apply(tape, unmapped.Fields, maps, Dim, mapped);
        return result;
    }

    private FieldMap NewMap(PlanField field, CounterRandom random) => new(
        AddParameter(Parameter.Identity($"map.{field.Field}.weight", field.Dim, Dim)),
        AddParameter(Parameter.Constant($"map.{field.Field}.bias", 1, Dim)));
}

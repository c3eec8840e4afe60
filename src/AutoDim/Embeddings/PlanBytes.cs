using AutoDim.Data;

namespace AutoDim.Embeddings;

/// <summary>What a plan costs at serving, from counts alone.</summary>
/// <param name="Tables">Embedding tables, first-order weights included.</param>
/// <param name="Maps">Maps to the common dimension.</param>
/// <param name="Vocabulary">The map from raw value to row.</param>
public sealed record PlanBytes(long Tables, long Maps, long Vocabulary)
{
    private const int BytesPerNumber = 4;

    /// <summary>All that must be deployed for the embeddings: what a budget limits.</summary>
    public long Deployed => Tables + Maps + Vocabulary;

    /// <param name="firstOrder">Whether the model has a first-order weight per value.</param>
    public static PlanBytes Of(EmbeddingPlan plan, IReadOnlyList<Field> fields, bool firstOrder)
    {
        var tables = plan.Fields.Sum(item => item.Bytes + (firstOrder ? item.BytesOf(1) : 0));
        var maps = plan.Fields.Sum(item => OfMap(item.Dim, plan.MappedDim, plan.Projection));
        return new PlanBytes(tables, maps, fields.Sum(item => item.VocabularyBytes));
    }

    /// <summary>Bytes of a value: its vector, and its first-order weight where the model has one.</summary>
    internal static long OfValue(int dim, RowStorage storage, bool firstOrder) => RowFormat.Bytes(storage, dim) + (firstOrder ? RowFormat.Bytes(storage, 1) : 0);

    /// <summary>Bytes of a field's map to the common dimension.</summary>
    internal static long OfMap(int dim, int common, Projection projection) => projection == Projection.Linear && dim > 0 && dim != common ? BytesPerNumber * (dim + 1L) * common : 0;
}

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
        var tables = plan.Fields.Sum(item => item.Rows * RowBytes(item, firstOrder));
        var common = plan.MappedDim;
        var maps = plan.Projection != Projection.Linear ? 0 : plan.Fields.Where(item => item.Dim > 0 && item.Dim != common).Sum(item => (item.Dim + 1L) * common);
        return new PlanBytes(tables, maps * BytesPerNumber, fields.Sum(item => item.VocabularyBytes));
    }

    /// <summary>Of a value: its vector, and its first-order weight where the model has one.</summary>
    private static long RowBytes(PlanField item, bool firstOrder) => RowFormat.Bytes(item.Storage, item.Dim) + (firstOrder ? RowFormat.Bytes(item.Storage, 1) : 0);
}

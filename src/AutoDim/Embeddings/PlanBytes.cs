using AutoDim.Data;

namespace AutoDim.Embeddings;

/// <summary>What a plan costs at serving, from counts alone.</summary>
/// <param name="Tables">Embedding tables, what values have for a linear term included.</param>
/// <param name="Maps">Maps to the common dimension.</param>
/// <param name="Vocabulary">The map from raw value to row.</param>
public sealed record PlanBytes(long Tables, long Maps, long Vocabulary)
{
    private const int BytesPerNumber = 4;

    /// <summary>All that must be deployed for the embeddings: what a budget limits.</summary>
    public long Deployed => Tables + Maps + Vocabulary;

    /// <param name="linear">What a value has beside its vector.</param>
    public static PlanBytes Of(EmbeddingPlan plan, IReadOnlyList<Field> fields, LinearRow linear)
    {
        var tables = plan.Fields.Sum(item => item.Bytes + item.BytesOf(LinearDim(linear, item.Dim)));
        var maps = plan.Fields.Sum(item => OfMap(item.Dim, plan.MappedDim, plan.Projection));
        return new PlanBytes(tables, maps, fields.Sum(item => item.VocabularyBytes));
    }

    /// <summary>Bytes of a value: its vector, and what it has beside it.</summary>
    internal static long OfValue(int dim, RowStorage storage, LinearRow linear) => RowFormat.Bytes(storage, dim) + RowFormat.Bytes(storage, LinearDim(linear, dim));

    /// <summary>Numbers that a value has beside its vector of so many.</summary>
    internal static int LinearDim(LinearRow linear, int dim) => linear switch
    {
        LinearRow.None => 0,
        LinearRow.Weight => 1,
        _ => dim,
    };

    /// <summary>Bytes of a field's map to the common dimension.</summary>
    internal static long OfMap(int dim, int common, Projection projection) => projection == Projection.Linear && dim > 0 && dim != common ? BytesPerNumber * (dim + 1L) * common : 0;
}

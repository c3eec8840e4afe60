using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Models;

/// <summary>How many numbers a model learns.</summary>
/// <param name="Tables">Of its embedding tables, first-order weights included.</param>
/// <param name="Dense">All others.</param>
internal readonly record struct ParameterCount(long Tables, long Dense)
{
    public long All => Tables + Dense;

    /// <summary>Counts without taking memory for the tables: the model is made for fields of one row each.</summary>
    /// <exception cref="AutoDimException">The model's options or the fields do not fit it.</exception>
    public static ParameterCount Of(ModelCatalog.Entry entry, IReadOnlyList<Field> fields, EmbeddingPlan plan, ModelOptions options)
    {
        Field[] small = [.. fields.Select(field => field with { Rows = 1 })];
        using var pool = new WorkerPool(1);
        using var model = entry.Create(ModelContext.Planned(small, plan with { Fields = [.. plan.Fields.Select(field => field with { Rows = 1 })] }, options, 1, pool));
        return new ParameterCount(model.Tables.Sum(table => fields[table.Field].Rows * table.Dim), model.Parameters.Sum(parameter => parameter.Length));
    }
}

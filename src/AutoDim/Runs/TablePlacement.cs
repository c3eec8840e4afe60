using System.Text.Json.Serialization;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>Where a table of a model lies when several ranks train it, and what that costs each of them.</summary>
/// <param name="Field">Number of its field.</param>
/// <param name="IsShared">Whether its rows are spread over the ranks; else each has all.</param>
/// <param name="BytesPerRank">Rows and optimiser's state.</param>
/// <param name="SentPerStep">Bytes that a rank sends in a step, at most: where all values in its share of the batch differ.</param>
internal sealed record TablePlacement(string Table, int Field, long Rows, int Dim, bool IsShared, long BytesPerRank, double SentPerStep)
{
    /// <summary>How its rows go from rank to rank.</summary>
    [JsonIgnore]
    public RowWire Wire { get; init; }

    /// <summary>Of all tables of a model.</summary>
    /// <param name="dims">Of each field.</param>
    /// <param name="linear">What the model has beside a field's vectors.</param>
    /// <param name="replicatedBytes">Bytes of rows up to which every rank has a table whole.</param>
    public static IReadOnlyList<TablePlacement> Of(IReadOnlyList<Field> fields, IReadOnlyList<int> dims, LinearRow linear, TrainingOptions training, int ranks, long replicatedBytes)
    {
        var share = (training.BatchSize + ranks - 1) / ranks;
        TablePlacement Place(string name, int m, int dim) => Of($"{name}.{fields[m].Name}", m, fields[m].Rows, dim, width => StateWidth(training.Tables.Kind, width), ranks, share, replicatedBytes, training.RowWire);
        int LinearDim(int m) => PlanBytes.LinearDim(linear, dims[m]);
        return [.. fields.Select((_, m) => Place("embedding", m, dims[m])), .. fields.Index().Where(field => LinearDim(field.Index) > 0).Select(field => Place("linear", field.Index, LinearDim(field.Index)))];
    }

    /// <param name="stateWidth">Numbers of the optimiser's state for a row of so many.</param>
    /// <param name="share">Samples of a step that each rank has.</param>
    /// <param name="replicatedBytes">Bytes of rows up to which every rank has a table whole.</param>
    public static TablePlacement Of(string table, int field, long rows, int dim, Func<int, int> stateWidth, int ranks, long share, long replicatedBytes, RowWire wire = default)
    {
        var isShared = ranks > 1 && rows * dim * sizeof(Real) > replicatedBytes;
        var own = isShared ? (rows + ranks - 1) / ranks : rows;
        return new TablePlacement(table, field, rows, dim, isShared, own * (dim + stateWidth(dim)) * sizeof(Real), RowExchange.SentBytes(Math.Min(rows, share), dim, isShared, ranks, wire)) { Wire = wire };
    }

    /// <summary>Numbers of the optimiser's state for a row of so many.</summary>
    public static int StateWidth(OptimizerKind kind, int dim) => kind switch
    {
        OptimizerKind.Adam or OptimizerKind.Ftrl => 2 * dim,
        OptimizerKind.RowWiseAdam => dim + 1,
        OptimizerKind.Adagrad => dim,
        OptimizerKind.RowWiseAdagrad => 1,
        _ => 0,
    };
}

using AutoDim.Embeddings;

namespace AutoDim.Runs;

/// <summary>Where a table of a model lies when several ranks train it, and what that costs each of them.</summary>
/// <param name="Field">Number of its field.</param>
/// <param name="IsShared">Whether its rows are spread over the ranks; else each has all.</param>
/// <param name="BytesPerRank">Rows and optimiser's state.</param>
/// <param name="SentPerStep">Bytes that a rank sends in a step, at most: where all values in its share of the batch differ.</param>
internal sealed record TablePlacement(string Table, int Field, long Rows, int Dim, bool IsShared, long BytesPerRank, double SentPerStep)
{
    /// <param name="stateWidth">Numbers of the optimiser's state for a row of so many.</param>
    /// <param name="share">Samples of a step that each rank has.</param>
    /// <param name="replicatedBytes">Bytes of rows up to which every rank has a table whole.</param>
    public static TablePlacement Of(string table, int field, long rows, int dim, Func<int, int> stateWidth, int ranks, long share, long replicatedBytes)
    {
        var isShared = ranks > 1 && rows * dim * sizeof(Real) > replicatedBytes;
        var own = isShared ? (rows + ranks - 1) / ranks : rows;
        return new TablePlacement(table, field, rows, dim, isShared, own * (dim + stateWidth(dim)) * sizeof(Real), RowExchange.SentBytes(Math.Min(rows, share), dim, isShared, ranks));
    }
}

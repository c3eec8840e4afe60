using Microsoft.ML;

namespace AutoDim.MLNet;

/// <summary>A data view with a model's scores, computed as rows are read.</summary>
internal sealed class ScoredView(IDataView input, ScoringMapper mapper) : IDataView
{
    public bool CanShuffle => input.CanShuffle;

    public DataViewSchema Schema => mapper.OutputSchema;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => Scored(input.GetRowCursor(mapper.GetDependencies(columnsNeeded), rand));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
        => Array.ConvertAll(input.GetRowCursorSet(mapper.GetDependencies(columnsNeeded), n, rand), Scored);

    private DataViewRowCursor Scored(DataViewRowCursor cursor) => new ScoredCursor(cursor, Schema, () => mapper.ScoresOf(cursor));
}

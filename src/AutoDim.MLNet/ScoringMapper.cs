using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>How a model maps rows of a schema.</summary>
internal sealed class ScoringMapper : IRowToRowMapper
{
    private readonly AutoDimTransformer transformer;

    /// <exception cref="AutoDimException">The schema lacks a field of the model, or has one of a type that is none.</exception>
    public ScoringMapper(AutoDimTransformer transformer, DataViewSchema input)
    {
        this.transformer = transformer;
        InputSchema = input;
        OutputSchema = ScoreColumns.AddedTo(input);
        foreach (var name in transformer.ColumnNames)
        {
            var column = input.GetColumnOrNull(name) ?? throw DataViewLog.Missing(name, input.Select(column => column.Name));
            if (ViewColumn.KindOf(column) == null) throw ViewColumn.Unusable(column);
        }
    }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <summary>Every field where a score is needed; the input's own columns as they are.</summary>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = dependingColumns.Select(column => column.Index).ToHashSet();
        if (needed.Any(index => index >= InputSchema.Count)) needed.UnionWith(transformer.ColumnNames.Select(name => InputSchema[name].Index));
        return InputSchema.Where(column => needed.Contains(column.Index));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new ScoredRow(input, OutputSchema, () => ScoresOf(input));

    public RowScores ScoresOf(DataViewRow row) => transformer.ScoresOf(row);
}

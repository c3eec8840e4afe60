using AutoDim.Export;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>A row of a data view with its scores.</summary>
internal sealed class ScoredRow(DataViewRow input, DataViewSchema schema, Func<RowScores> scores) : DataViewRow
{
    private readonly ScoreGetters getters = new(input, schema, scores);

    public override DataViewSchema Schema => schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => getters.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => getters.Get<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing) getters.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>The rows of a data view, one after the other, with their scores.</summary>
internal sealed class ScoredCursor(DataViewRowCursor input, DataViewSchema schema, Func<RowScores> scores) : DataViewRowCursor
{
    private readonly ScoreGetters getters = new(input, schema, scores);

    public override DataViewSchema Schema => schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => getters.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => getters.Get<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            getters.Dispose();
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Getters of the input's columns as they are, and of the scores; a model is opened when the first score's getter is asked for.</summary>
internal sealed class ScoreGetters(DataViewRow input, DataViewSchema schema, Func<RowScores> open) : IDisposable
{
    private RowScores? scores;

    public bool IsActive(DataViewSchema.Column column) => column.Index >= input.Schema.Count || input.IsColumnActive(input.Schema[column.Index]);

    public ValueGetter<TValue> Get<TValue>(DataViewSchema.Column column)
    {
        if (column.Index < input.Schema.Count) return input.GetGetter<TValue>(input.Schema[column.Index]);
        var opened = scores ??= open();
        Delegate getter = schema[column.Index].Name switch
        {
            ScoreColumns.Score => (ValueGetter<float>)((ref float value) => value = opened.Score),
            ScoreColumns.Probability => (ValueGetter<float>)((ref float value) => value = Predictor.Probability(opened.Score)),
            _ => (ValueGetter<bool>)((ref bool value) => value = opened.Score > 0),
        };
        return getter as ValueGetter<TValue> ?? throw new InvalidOperationException($"column '{column.Name}' is of type {column.Type}, not {typeof(TValue)}");
    }

    public void Dispose() => scores?.Dispose();
}

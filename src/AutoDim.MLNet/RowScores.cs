using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Training;
using Microsoft.ML;

namespace AutoDim.MLNet;

/// <summary>Scores the row that a cursor stands on, when it is first asked for; one thread at a time.</summary>
internal sealed class RowScores : IDisposable
{
    private readonly WorkerPool self = new(1);
    private readonly TrainedModel model;
    private readonly Scorer scorer;
    private readonly EncodedRows rows;
    private readonly Action[] encode;
    private readonly DataViewRow input;
    private readonly float[] score = new float[1];
    private long scored = -1;

    /// <param name="input">Its columns of the model's names are active.</param>
    public RowScores(string folder, ModelManifest manifest, RowEncoder encoder, DataViewRow input)
    {
        this.input = input;
        try
        {
            model = TrainedModel.Map(folder, manifest, self);
            scorer = new Scorer(model.Model, 1);
            rows = new EncodedRows(encoder.Columns);
            encode = [.. encoder.Encoders.Select((column, c) => Encoding(ViewColumn.Of(input, input.Schema[column.Name]), column, rows.Columns[c]))];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Log-odds.</summary>
    /// <exception cref="AutoDimException">A value cannot be read.</exception>
    public float Score
    {
        get
        {
            if (scored == input.Position) return score[0];
            rows.Clear();
            foreach (var column in encode) column();
            rows.EndRow();
            scorer.Batch.Size = 0;
            rows.AppendTo(scorer.Batch, 0, 1);
            scorer.ScoreBatch(score);
            scored = input.Position;
            return score[0];
        }
    }

    public void Dispose()
    {
        scorer?.Dispose();
        model?.Dispose();
        self.Dispose();
    }

    /// <summary>What encodes a column's cell of the row that the cursor stands on.</summary>
    private Action Encoding(ViewColumn source, ColumnEncoder encoder, EncodedColumn target)
    {
        ViewColumn.TextReceiver receive = text =>
        {
            var problem = source.IsList ? encoder.AddValue(text, target) : encoder.Encode(text, target);
            if (problem != null) throw new AutoDimException($"row {input.Position}, column '{encoder.Name}': {problem}");
        };
        return () =>
        {
            source.Read(receive);
            if (source.IsList) encoder.EndList(target);
        };
    }
}

using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Training;

namespace AutoDim.Runs;

/// <summary>
/// Says of each field why its dimension is what it is: what it knows alone, what the slim model would lose without it, what other budgets
/// would give it. Training and validation splits only.
/// </summary>
/// <param name="plan">The slim model's.</param>
/// <param name="fullDim">Dimension of the full model.</param>
/// <param name="evaluationBatchSize">Samples scored at once.</param>
internal sealed class PlanExplanation(ClickData data, EmbeddingPlan plan, int fullDim, int evaluationBatchSize, RunObserver observer)
{
    /// <param name="numbers">The slim model, its rows as numbers; changed for each measurement and put back.</param>
    /// <param name="folding">The slim model's view of the data.</param>
    /// <param name="atBytes">A plan for a share of the plan's bytes; null where there is none.</param>
    public FieldExplanation[] Explain(CtrModel numbers, RowFolding folding, Func<double, EmbeddingPlan?> atBytes, CancellationToken cancellation)
    {
        observer.Stage("explain", "what each field is worth to the slim model, on validation");
        var profiles = FieldProfile.Of(data);
        var alone = SingleFieldAuc.Of(data.Train, data.Valid, Labels.OfBothClasses(data.Valid), data.Fields);
        var view = folding.Apply(data);
        var (half, twice) = (atBytes(0.5), atBytes(2));
        using var scorer = new Scorer(numbers, evaluationBatchSize);
        using var sample = new SplitSample(view.Valid, SplitSample.EnoughForAuc);
        var labels = Labels.OfBothClasses(sample);
        var whole = Auc.Compute(scorer.Score(sample), labels);
        return [.. plan.Fields.Select((item, m) =>
        {
            var counts = view.TrainCounts[m];
            double? halved = null, dropped = null;
            if (item is { Dim: > 0, Form: null } && numbers.VectorTable(item.Field).Share == null) // ranks that share a table have no basis of it
            {
                var table = numbers.VectorTable(item.Field);
                using var saved = new Snapshot([.. NamedArray.PartsOf(table)]);
                saved.Take();
                var basis = FieldBasis.Of(table, counts);
                double LostAt(int dim)
                {
                    cancellation.ThrowIfCancellationRequested();
                    basis.Approximate(table, dim);
                    var loss = whole - Auc.Compute(scorer.Score(sample), labels);
                    saved.Restore();
                    return loss;
                }

                halved = item.Dim > 1 ? LostAt(item.Dim / 2) : null;
                dropped = LostAt(0);
            }

            observer.Measured(m + 1, plan.Fields.Count);
            return new FieldExplanation(data.Fields[m].Rows, profiles[m].RareTraffic, counts.Sum() / (double)item.Rows, RowFormat.Bytes(RowStorage.Float32, fullDim) * data.Fields[m].Rows,
                alone[m], halved, dropped, half?.Fields[m].Dim, twice?.Fields[m].Dim);
        })];
    }
}

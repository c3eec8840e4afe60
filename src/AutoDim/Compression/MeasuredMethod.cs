using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Search;
using AutoDim.Training;

namespace AutoDim.Compression;

/// <summary>
/// Dimensions by what they are worth to the trained full model: each field in turn is cut to its best approximation of d dimensions, and the
/// validation AUC that this costs is its loss. Energy says how much of a table is kept; this says whether anybody would miss the rest.
/// Likewise, where wanted, for rare values that share a row. One training and some evaluations give a plan for every budget; a field may be dropped.
/// </summary>
internal sealed class MeasuredMethod : ICompressionMethod
{
    private static readonly int[] Dims = [0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    private readonly MethodContext context;
    private readonly bool folds;
    private readonly Lazy<IReadOnlyList<FieldOption[]>> losses;

    /// <param name="folds">Whether values may share a row too.</param>
    public MeasuredMethod(MethodContext context, bool folds)
    {
        (this.context, this.folds) = (context, folds);
        losses = new Lazy<IReadOnlyList<FieldOption[]>>(Measure);
    }

    public EmbeddingPlan? Plan(PlanRequest request)
        => LeastLossPlan.Within([.. losses.Value.Select(options => options.Select(option => option with { Storage = request.Storage }).ToArray())], context.Fields, context.HasFirstOrder, request.Budget, request.Projection);

    private IReadOnlyList<FieldOption[]> Measure()
    {
        using var model = context.LoadFull();
        using var scorer = new Scorer(model, context.Training.EvaluationBatchSize);
        using var sample = new SplitSample(context.Valid, SplitSample.EnoughForAuc);
        var labels = Labels.Of(sample);
        int[][] dims = [.. context.Fields.Select(field => Dims.Where(dim => dim < Math.Min(field.Rows, context.FullDim)).ToArray())];
        long[][] minCounts = [.. context.Fields.Select((field, m) => folds ? RareRows.MinCounts(field, context.Counts[m]) : [])];
        var (done, total) = (0, dims.Sum(list => list.Length) + minCounts.Sum(list => list.Length));
        var whole = Auc.Compute(scorer.Score(sample), labels);

        double LossOf(Snapshot saved, Action change)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            change();
            var auc = Auc.Compute(scorer.Score(sample), labels);
            saved.Restore();
            context.Measured(++done, total);
            return whole - auc;
        }

        return [.. context.Fields.Select((field, m) =>
        {
            EmbeddingTable[] tables = [.. model.TablesOf(m)];
            var vectors = model.VectorTable(field.Name);
            var basis = FieldBasis.Of(vectors, context.Counts[m]);
            using var saved = new Snapshot([.. tables.Select(NamedArray.Of)]);
            saved.Take();
            double[] cut = [.. dims[m].Select(dim => LossOf(saved, () => basis.Approximate(vectors, dim)))];
            double[] shared = [.. minCounts[m].Select(minCount => LossOf(saved, () => Array.ForEach(tables, table => RareRows.Share(field, table, context.Counts[m], minCount))))];
            return Options(m, [.. dims[m].Append((int)Math.Min(field.Rows, context.FullDim))], [.. Rising(cut.Append(0).Reverse()).Reverse()], [0, .. minCounts[m]], [.. Rising(shared.Prepend(0))]);
        })];
    }

    /// <summary>Losses that never fall as less is kept: where less measures better, that is the chance of the sample, and more is taken to be worth nothing.</summary>
    private static IEnumerable<double> Rising(IEnumerable<double> losses)
    {
        var largest = 0.0;
        foreach (var loss in losses) yield return largest = Math.Max(largest, loss);
    }

    /// <summary>Every dimension with every minimal count, as if what they cost added up.</summary>
    private FieldOption[] Options(int m, int[] dims, double[] dimLosses, long[] minCounts, double[] sharingLosses)
        => [.. minCounts.Zip(sharingLosses).SelectMany(sharing =>
        {
            var field = context.Folded(m, sharing.First);
            return dims.Zip(dimLosses).Where(cut => cut.First <= field.Rows)
                .Select(cut => new FieldOption(cut.First, cut.Second + sharing.Second) { MinCount = sharing.First, Folded = sharing.First > 1 ? field : null });
        })];
}

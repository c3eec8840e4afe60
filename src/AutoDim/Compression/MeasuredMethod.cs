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
/// One training and some evaluations give a plan for every budget; a field may be dropped.
/// </summary>
internal sealed class MeasuredMethod : ICompressionMethod
{
    private static readonly int[] Dims = [0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    private readonly MethodContext context;
    private readonly Lazy<IReadOnlyList<FieldOption[]>> losses;

    public MeasuredMethod(MethodContext context)
    {
        this.context = context;
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
        double AucNow()
        {
            context.Cancellation.ThrowIfCancellationRequested();
            return Auc.Compute(scorer.Score(sample), labels);
        }

        var dims = context.Fields.Select(field => Dims.Where(dim => dim < Math.Min(field.Rows, context.FullDim)).ToArray()).ToArray();
        var (done, total) = (0, dims.Sum(list => list.Length));
        var whole = AucNow();
        return [.. context.Fields.Select((field, m) =>
        {
            var table = model.VectorTable(field.Name);
            var basis = FieldBasis.Of(table, context.Counts[m]);
            var saved = new Snapshot([NamedArray.Of(table)]);
            saved.Take();
            var aucs = dims[m].Select(dim =>
            {
                basis.Approximate(table, dim);
                var auc = AucNow();
                saved.Restore();
                context.Measured(++done, total);
                return auc;
            }).ToArray();
            saved.Dispose();
            return Options(dims[m], aucs, whole, (int)Math.Min(field.Rows, context.FullDim));
        })];
    }

    /// <summary>Losses that never rise with the dimension: where a smaller one measures better, that is the chance of the sample, and both are taken to lose nothing more.</summary>
    private static FieldOption[] Options(int[] dims, double[] aucs, double whole, int largest)
    {
        List<FieldOption> options = [new FieldOption(largest, 0)];
        for (var n = dims.Length - 1; n >= 0; n--) options.Add(new FieldOption(dims[n], Math.Max(options[^1].Loss, whole - aucs[n])));
        options.Reverse();
        return [.. options];
    }
}

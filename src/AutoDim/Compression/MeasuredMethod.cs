using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
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
    private readonly bool folds, inBlocks;
    private readonly IReadOnlyList<RowStorage> storages;
    private readonly Lazy<IReadOnlyList<FieldOption[]>> losses;

    /// <param name="folds">Whether values may share a row too.</param>
    /// <param name="inBlocks">Whether values of different popularity may have different dimensions, for <see cref="Losses"/>.</param>
    /// <param name="storages">Storages whose losses are measured too, of each block; null: none.</param>
    public MeasuredMethod(MethodContext context, bool folds, bool inBlocks = false, IReadOnlyList<RowStorage>? storages = null)
    {
        (this.context, this.folds, this.inBlocks, this.storages) = (context, folds, inBlocks, storages ?? []);
        losses = new Lazy<IReadOnlyList<FieldOption[]>>(Measure);
    }

    /// <summary>The options of each field with what they cost.</summary>
    public IReadOnlyList<FieldOption[]> Losses => losses.Value;

    /// <summary>Dimensions worth trying of a field, up to its largest.</summary>
    public static int[] DimsTo(int largest) => [.. Dims.Where(dim => dim < largest), largest];

    public EmbeddingPlan? Plan(PlanRequest request)
        => LeastLossPlan.Within([.. losses.Value.Select(options => options.Select(option => option with { Storage = request.Storage }).ToArray())], context.Fields, context.LinearRow, request.Budget, request.Projection);

    /// <summary>The plan in which each field has its own of these storages, all of them measured, whatever the request's is; null where none is that small.</summary>
    public EmbeddingPlan? Plan(PlanRequest request, IReadOnlyList<RowStorage> among)
        => LeastLossPlan.Within([.. losses.Value.Select(options => options.Where(option => among.Contains(option.Storage)).ToArray())], context.Fields, context.LinearRow, request.Budget, request.Projection);

    private IReadOnlyList<FieldOption[]> Measure()
    {
        using var model = context.LoadFull();
        using var scorer = new Scorer(model, context.Training.EvaluationBatchSize);
        using var sample = new SplitSample(context.Valid, SplitSample.EnoughForAuc);
        var labels = Labels.Of(sample);
        var whole = Auc.Compute(scorer.Score(sample), labels);
        return new FieldLosses
        {
            Model = model,
            Counts = context.Counts,
            Dims = [.. context.Fields.Select(field => DimsTo((int)Math.Min(field.Rows, context.FullDim)))],
            Blocks = field => inBlocks ? PopularityBlocks.SizesOf(field.Rows) : [field.Rows],
            MinCounts = [.. context.Fields.Select((field, m) => folds ? RareRows.MinCounts(field, context.Counts[m]) : [])],
            Storages = storages,
            Folded = context.Folded,
            LossNow = _ => whole - Auc.Compute(scorer.Score(sample), labels),
            Measured = context.Measured,
        }.Measure(context.Cancellation);
    }
}

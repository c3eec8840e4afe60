using AutoDim.Compression.Elements;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Compression.OptEmbed;

/// <summary>
/// OptEmbed (Lyu et al., CIKM 2022): which rows stay is learnt by thresholds, each field's dimension found by evolution in the supernet that they leave; then the model is trained
/// anew from its first start. A budget that the rows above their thresholds do not fit in raises all thresholds alike, as far as it must for the dimensions at hand, so that
/// evolution weighs dimensions against rows.
/// </summary>
internal sealed class OptEmbedMethod : ICompressionMethod, IDisposable
{
    private readonly MethodContext context;
    private readonly Lazy<Trained> trained;
    private readonly Dictionary<string, double> aucs = []; // budgets often lead to the same

    public OptEmbedMethod(MethodContext context)
    {
        this.context = context;
        trained = new(() =>
        {
            var supernet = new OptEmbedSupernet(context);
            supernet.Run();
            var margins = supernet.Margins();
            return new Trained(supernet, margins, [.. margins.Select(list => list.Order().ToArray())], [.. margins.SelectMany(list => list).Where(margin => margin > 0).Order()]);
        });
    }

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        int[] largest = [.. context.Fields.Select(field => (int)Math.Min(field.Rows, context.FullDim))];
        var evolution = new DimEvolution(largest, dims => RaiseFor(dims, request) is { } raise ? Auc(PlanOf(dims, raise, request, null), dims, raise) : null, new CounterRandom(context.Training.Seed, 0x0E3C), context.Measured);
        return evolution.Best(context.Cancellation) is { } best ? PlanOf(best, RaiseFor(best, request)!.Value, request, context.KeepMask) : null;
    }

    public void Dispose()
    {
        if (trained.IsValueCreated) trained.Value.Supernet.Dispose();
    }

    /// <summary>The least, 0 or more, that thresholds must rise by for these dimensions to fit; null where nothing suffices.</summary>
    private Real? RaiseFor(int[] dims, PlanRequest request)
    {
        bool Fits(Real raise) => context.Fits(PlanOf(dims, raise, request, null), request);
        if (Fits(0)) return 0;
        var margins = trained.Value.Positive;
        var (exceeds, fits) = (-1, margins.Length - 1);
        while (fits - exceeds > 1)
        {
            var middle = exceeds + ((fits - exceeds) / 2);
            if (Fits(margins[middle])) fits = middle;
            else exceeds = middle;
        }

        return fits >= 0 && Fits(margins[fits]) ? margins[fits] : null;
    }

    private EmbeddingPlan PlanOf(int[] dims, Real raise, PlanRequest request, Action<RowMask>? keep)
    {
        var (kept, forms) = ((int[])[.. dims], new RowForm?[dims.Length]);
        for (var m = 0; m < dims.Length; m++)
        {
            var (field, rows) = (m, RowsAbove(m, raise));
            if (rows == 0) kept[m] = 0;
            forms[m] = KeptForms.Of(context.Fields[m], dims[m], request.Storage, [new RowPrefix(rows, dims[m])], row => trained.Value.Margins[field][row] > raise ? dims[field] : 0, keep);
        }

        return EmbeddingPlan.Of(context.Fields, kept, forms: forms).Stored(request.Storage) with { Projection = request.Projection };
    }

    private long RowsAbove(int field, Real raise)
    {
        var sorted = trained.Value.Sorted[field];
        var (below, above) = (-1, sorted.Length); // of which the one is not above, the other is
        while (above - below > 1)
        {
            var middle = below + ((above - below) / 2);
            if (sorted[middle] > raise) above = middle;
            else below = middle;
        }

        return sorted.Length - above;
    }

    /// <summary>What the supernet tells of a plan: fields whose rows stay whole have all of them, whatever their thresholds.</summary>
    private double Auc(EmbeddingPlan plan, int[] dims, Real raise)
    {
        Real[] raises = [.. plan.Fields.Select(item => item.Dim == 0 ? Real.PositiveInfinity : item.Form == null ? Real.NegativeInfinity : raise)];
        var name = $"{string.Join(' ', dims)} {string.Join(' ', raises)}";
        return aucs.TryGetValue(name, out var known) ? known : aucs[name] = trained.Value.Supernet.Auc(dims, raises);
    }

    /// <param name="Margins">Of each field and row how far it is above its threshold.</param>
    /// <param name="Sorted">Each field's, ascending.</param>
    /// <param name="Positive">All fields' together that are above 0, ascending.</param>
    private sealed record Trained(OptEmbedSupernet Supernet, Real[][] Margins, Real[][] Sorted, Real[] Positive);
}

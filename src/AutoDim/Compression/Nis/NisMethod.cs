using AutoDim.Compression.Elements;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Search;

namespace AutoDim.Compression.Nis;

/// <summary>
/// NIS (Joglekar et al., KDD 2020): a controller learns by reward, R = AUC − λ·max(bytes / budget − 1, 0), how many rows and numbers of each field are there, on validation batches. One supernet
/// serves all budgets; each has a controller of its own. The plan is the most probable choice that fits.
/// </summary>
internal sealed class NisMethod : ICompressionMethod, IDisposable
{
    /// <summary>λ: what twice the bytes cost, as AUC.</summary>
    public const double OverrunPrice = 0.1;

    private const int ControllerSteps = 2000;

    private readonly MethodContext context;
    private readonly bool isMulti;
    private readonly Lazy<NisSupernet> trained;
    private readonly Dictionary<(int Field, int Option), FieldOption> options = [];

    /// <param name="isMulti">Multi-size; else single-size.</param>
    public NisMethod(MethodContext context, bool isMulti)
    {
        (this.context, this.isMulti) = (context, isMulti);
        trained = new(() =>
        {
            var made = new NisSupernet(isMulti ? "nis-multi" : "nis", context, new NisSpace(context.Fields, context.Counts, context.FullDim, isMulti));
            made.Run();
            return made;
        });
    }

    private NisSpace Space => trained.Value.Space;

    public EmbeddingPlan? Plan(PlanRequest request)
    {
        using var controller = Controller(request);
        double[][] logPolicies = [.. Enumerable.Range(0, Space.Decisions).Select(decision => controller.Policy(decision).Select(probability => Math.Log(probability)).ToArray())];
        return isMulti ? MultiSize(request, logPolicies) : SingleSize(request, logPolicies);
    }

    public void Dispose()
    {
        if (trained.IsValueCreated) trained.Value.Dispose();
    }

    /// <summary>R of a choice whose quality is an AUC.</summary>
    public static double Reward(double auc, long bytes, long budget) => auc - (OverrunPrice * Math.Max(((double)bytes / budget) - 1, 0));

    private NisController Controller(PlanRequest request)
    {
        var (supernet, fields) = (trained.Value, context.Fields.Count);
        var controller = new NisController(Space, supernet.Model.Context.Pool, new CounterRandom(context.Training.Seed, 0x2116));
        supernet.BeginValidation();
        for (var step = 0L; step < ControllerSteps; step++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var choice = controller.Draw(step);
            supernet.Take(choice);
            var auc = supernet.NextAuc();
            if (!double.IsNaN(auc)) controller.Learn(choice, Reward(auc, Enumerable.Range(0, fields).Sum(m => BytesOf(m, choice, request)), request.Budget));
        }

        return controller;
    }

    /// <summary>Bytes of a field as a choice has it, its map and its part of the vocabulary included.</summary>
    private long BytesOf(int m, IReadOnlyList<int> choice, PlanRequest request)
    {
        if (isMulti) return Bytes(MultiSizeItem(m, choice, request, null)) + context.Fields[m].VocabularyBytes;
        var option = OptionOf(m, choice[m], request);
        var field = option.Folded ?? context.Fields[m];
        return (field.Rows * PlanBytes.OfValue(option.Dim, request.Storage, context.LinearRow)) + PlanBytes.OfMap(option.Dim, context.FullDim, request.Projection) + field.VocabularyBytes;
    }

    private long Bytes(PlanField item) => item.Bytes + item.BytesOf(PlanBytes.LinearDim(context.LinearRow, item.Dim));

    // Single-size: the values beyond the rows share a row.
    private EmbeddingPlan? SingleSize(PlanRequest request, double[][] logPolicies)
        => LeastLossPlan.Within([.. logPolicies.Select((list, m) => list.Select((log, option) => OptionOf(m, option, request) with { Loss = -log }).ToArray())], context.Fields, context.LinearRow, request.Budget, request.Projection);

    private FieldOption OptionOf(int m, int option, PlanRequest request)
    {
        if (options.TryGetValue((m, option), out var known)) return known with { Storage = request.Storage };
        var (rows, columns) = Space.Size(option);
        if (columns == 0) return new FieldOption(0, 0, request.Storage);
        var (dim, minCount) = ((int)Math.Min(Space.DimOf(columns - 1), context.Fields[m].Rows), Space.LeastCounts[m][rows - 1]);
        options[(m, option)] = new FieldOption(dim, 0) { MinCount = minCount, Folded = minCount > 1 ? context.Folded(m, minCount) : null };
        return OptionOf(m, option, request);
    }

    // Multi-size: rows keep the numbers of their column groups.
    private EmbeddingPlan? MultiSize(PlanRequest request, double[][] logPolicies)
    {
        return PricedPlan.Within(context, request, Plan);

        EmbeddingPlan Plan(double price, Action<RowMask>? keep)
        {
            int[] choice = [.. logPolicies.Select((logs, decision) => Enumerable.Range(0, logs.Length).MaxBy(option => logs[option] - (price * BytesOfNumber(request.Storage) * Numbers(decision, option))))];
            return new EmbeddingPlan([.. context.Fields.Select((_, m) => MultiSizeItem(m, choice, request, keep))], request.Projection);
        }
    }

    /// <summary>Numbers that an option of a multi-size decision keeps.</summary>
    private long Numbers(int decision, int option) => Space.GroupRows[Space.FieldOf(decision)].Take(option).Sum() * Space.WidthOf(decision % Space.Columns);

    /// <summary>About what one of a row's numbers takes, its share of the scale included.</summary>
    private static double BytesOfNumber(RowStorage storage) => RowFormat.BytesIn(storage, 8) / 8.0;

    private PlanField MultiSizeItem(int m, IReadOnlyList<int> choice, PlanRequest request, Action<RowMask>? keep)
    {
        var (field, counts, whole) = (context.Fields[m], default(KeptCounts), true);
        var rows = Space.GroupRows[m];
        for (var group = 0; group < rows.Length; group++)
        {
            var kept = Enumerable.Range(0, Space.Columns).Sum(t => group < Space.Limit(m, t, choice) ? Space.WidthOf(t) : 0);
            if (kept > 0) counts = new KeptCounts(counts.Kept + (rows[group] * kept), counts.Filled + rows[group], counts.Pairs + (rows[group] * ((kept + 1) / 2)));
            whole &= kept == context.FullDim;
        }

        var dim = counts.Kept > 0 ? context.FullDim : 0;
        bool Keeps(long row, int k) => Space.Groups[m][row] - (m * NisSpace.RowGroups) < Space.Limit(m, Enumerable.Range(0, Space.Columns).First(t => k < Space.DimOf(t)), choice);
        var form = whole ? null : KeptForms.Of(field, context.FullDim, request.Storage, counts, Keeps, keep);
        return new PlanField(field.Name, field.Rows, dim, request.Storage) { Form = form };
    }
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search.AutoDim;

namespace AutoDim.Search;

/// <summary>From what a search found to a plan.</summary>
public static class Derivation
{
    /// <summary>Measured losses below this, and gains, count as this much: it is well under what a measurement can tell.</summary>
    private const double LeastLoss = 1e-6;

    /// <summary>Each field's best candidate (AutoDim, section 3.4); where all fields prefer none, the one keeps a vector that gives it up least gladly.</summary>
    public static EmbeddingPlan Argmax(SearchResult search, IReadOnlyList<Field> fields) => Plan(search, fields, [.. search.Fields.Select(field => field.Best)]);

    /// <summary>
    /// The preferred plan made smaller where that costs next to nothing: fields step down to the candidate that saves most bytes for the
    /// AUC it costs, as long as the sum of the measured losses stays within the tolerance.
    /// </summary>
    /// <param name="tolerance">Validation AUC, 0 (the preferred plan) to 1.</param>
    public static EmbeddingPlan WithinTolerance(SearchResult search, IReadOnlyList<Field> fields, double tolerance)
    {
        if (tolerance == 0) return Argmax(search, fields);
        int[] choice = [.. search.Fields.Select(field => field.Best)];
        var left = tolerance;
        while (true)
        {
            var (bestRate, bestLoss, bestField, bestCandidate) = (0.0, 0.0, -1, -1);
            for (var m = 0; m < choice.Length; m++)
            {
                var (now, options) = (choice[m], search.Fields[m]);
                for (var n = 0; n < now; n++)
                {
                    var loss = Math.Max(LeastLoss, options.Loss(n) - options.Loss(now));
                    var rate = fields[m].Rows * (options.Dims[now] - options.Dims[n]) / loss;
                    if (loss <= left && rate > bestRate) (bestRate, bestLoss, bestField, bestCandidate) = (rate, loss, m, n);
                }
            }

            if (bestField < 0) break;
            left -= bestLoss;
            choice[bestField] = bestCandidate;
        }

        return Plan(search, fields, choice);
    }

    /// <summary>The old dimensions, but where the plan within the tolerance measures better by more than the start asks; new fields as in that plan.</summary>
    public static EmbeddingPlan Keeping(SearchResult search, IReadOnlyList<Field> fields, double tolerance, WarmStart start)
    {
        var free = WithinTolerance(search, fields, tolerance);
        return EmbeddingPlan.Of(fields, free.Fields.Select((item, m) => start.DimOf(fields[m]) is { } old && search.Fields[m].LossAt(old) - search.Fields[m].LossAt(item.Dim) <= start.Keep ? old : item.Dim));
    }

    /// <summary>The plan with every field at its next larger candidate, where there is one.</summary>
    public static EmbeddingPlan Widened(EmbeddingPlan plan, SearchResult search)
        => plan with { Fields = [.. plan.Fields.Zip(search.Fields, (item, choice) => item with { Dim = choice.Dims.FirstOrDefault(dim => dim > item.Dim, item.Dim) })] };

    /// <summary>
    /// The plan within the tolerance where the budget has room for it; else the one of least measured loss, Σ loss_m(d_m), among those whose
    /// deployed embedding bytes are within the budget. Dimensions between the candidates are among them: a few steps of a large field are all that a
    /// small budget leaves to choose.
    /// </summary>
    /// <param name="start">Where the search started: leaving an old dimension then counts as a loss of what it must gain. Null: it started afresh.</param>
    /// <exception cref="AutoDimException">Even the smallest candidates take more, or no field could keep a vector.</exception>
    public static EmbeddingPlan UnderBudget(SearchResult search, IReadOnlyList<Field> fields, LinearRow linear, long budget, double tolerance, Projection projection = Projection.Linear, RowStorage storage = RowStorage.Float32, WarmStart? start = null)
    {
        EmbeddingPlan Finished(EmbeddingPlan plan) => plan.Stored(storage) with { Projection = projection };
        PlanBytes Bytes(EmbeddingPlan plan) => PlanBytes.Of(plan, fields, linear);

        var smallest = Bytes(Finished(EmbeddingPlan.Of(fields, search.Fields.Select(field => field.Dims[0]))));
        if (smallest.Deployed > budget)
        {
            throw new AutoDimException($"a budget of {budget} bytes cannot be met: with every field at its smallest candidate the embeddings take {smallest.Deployed} bytes ({smallest.Tables} tables, {smallest.Maps} maps, {smallest.Vocabulary} vocabulary); raise --budget, add smaller candidates, or raise minCount");
        }

        var free = Finished(start == null ? WithinTolerance(search, fields, tolerance) : Keeping(search, fields, tolerance, start));
        if (Bytes(free).Deployed <= budget) return free;
        return LeastLossPlan.Within([.. search.Fields.Select((field, m) => Kept(field.OptionsBetween(storage), start?.DimOf(fields[m]), start?.Keep ?? 0))], fields, linear, budget, projection)
            ?? throw new AutoDimException($"a budget of {budget} bytes leaves no field a vector; raise --budget");
    }

    /// <summary>The options, every one but the old dimension dearer by what leaving it must gain.</summary>
    private static FieldOption[] Kept(FieldOption[] options, int? old, double keep) => [.. options.Select(option => old == null || option.Dim == old ? option : option with { Loss = option.Loss + keep })];

    private static EmbeddingPlan Plan(SearchResult search, IReadOnlyList<Field> fields, int[] candidates)
    {
        FieldOption[][] options = [.. search.Fields.Select(field => field.OptionsOf(RowStorage.Float32))];
        FieldOption[] choice = [.. options.Zip(candidates, (list, n) => list[n])];
        LeastLossPlan.KeepOne(options, choice, _ => true);
        return EmbeddingPlan.Of(fields, choice.Select(option => option.Dim));
    }
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search.AutoDim;

namespace AutoDim.Search;

/// <summary>From what a search found to a plan.</summary>
public static class Derivation
{
    /// <summary>Measured losses below this, and gains, count as this much: it is well under what a measurement can tell.</summary>
    private const double LeastLoss = 1e-6;

    private const int BudgetSteps = 20_000;
    private const int BytesPerNumber = sizeof(float);

    /// <summary>Each field's best candidate (AutoDim, section 3.4); where all fields prefer none, the one keeps a vector that gives it up least gladly.</summary>
    public static EmbeddingPlan Argmax(SearchResult search, IReadOnlyList<Field> fields)
    {
        int[] choice = [.. search.Fields.Select(field => field.Best)];
        KeepOne(search, choice, _ => true);
        return Plan(search, fields, choice);
    }

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

        KeepOne(search, choice, _ => true);
        return Plan(search, fields, choice);
    }

    /// <summary>The plan with every field at its next larger candidate, where there is one.</summary>
    public static EmbeddingPlan Widened(EmbeddingPlan plan, SearchResult search)
        => plan with { Fields = [.. plan.Fields.Zip(search.Fields, (item, choice) => item with { Dim = choice.Dims.FirstOrDefault(dim => dim > item.Dim, item.Dim) })] };

    /// <summary>
    /// The plan within the tolerance where the budget has room for it; else the one of least measured loss, Σ loss_m(d_m), among those whose
    /// deployed embedding bytes are within the budget. Exact but for rounding a field's bytes up to a 20,000th of the budget: a knapsack,
    /// solved once for every dimension that the fields' maps may lead to.
    /// </summary>
    /// <exception cref="AutoDimException">Even the smallest candidates take more, or no field could keep a vector.</exception>
    public static EmbeddingPlan UnderBudget(SearchResult search, IReadOnlyList<Field> fields, bool firstOrder, long budget, double tolerance, Projection projection = Projection.Linear)
    {
        EmbeddingPlan Plan(int[] choice) => Derivation.Plan(search, fields, choice) with { Projection = projection };
        PlanBytes Bytes(EmbeddingPlan plan) => PlanBytes.Of(plan, fields, firstOrder);

        var smallest = Bytes(Plan(new int[fields.Count]));
        if (smallest.Deployed > budget)
        {
            throw new AutoDimException($"a budget of {budget} bytes cannot be met: with every field at its smallest candidate the embeddings take {smallest.Deployed} bytes ({smallest.Tables} tables, {smallest.Maps} maps, {smallest.Vocabulary} vocabulary); raise --budget, add smaller candidates, or raise minCount");
        }

        var free = WithinTolerance(search, fields, tolerance) with { Projection = projection };
        if (Bytes(free).Deployed <= budget) return free;
        var fixedBytes = smallest.Vocabulary + (firstOrder ? fields.Sum(field => field.Rows) * BytesPerNumber : 0);
        int[]? best = null;
        foreach (var common in search.Fields.SelectMany(choice => choice.Dims).Where(dim => dim > 0).Distinct())
        {
            var choice = LeastLossWithin(search, budget - fixedBytes, common, (m, dim) => BytesPerNumber * ((fields[m].Rows * dim) + (projection == Projection.Linear && dim > 0 && dim < common ? (dim + 1L) * common : 0)));
            if (choice != null && (best == null || Loss(search, choice) < Loss(search, best))) best = choice;
        }

        best ??= new int[fields.Count];
        if (!KeepOne(search, best, choice => Bytes(Plan(choice)).Deployed <= budget)) throw new AutoDimException($"a budget of {budget} bytes leaves no field a vector; raise --budget");
        return Plan(best);
    }

    /// <summary>The choice of least loss with dimensions up to <paramref name="largest"/> and within so many bytes; null where there is none.</summary>
    private static int[]? LeastLossWithin(SearchResult search, long budget, int largest, Func<int, int, long> bytes)
    {
        var grain = Math.Max(1, budget / BudgetSteps);
        var steps = (int)(budget / grain);
        var least = new double[steps + 1];
        var chosen = new int[search.Fields.Count][];
        for (var m = 0; m < chosen.Length; m++)
        {
            var (options, before) = (search.Fields[m], least);
            (least, chosen[m]) = (new double[steps + 1], new int[steps + 1]);
            Array.Fill(least, double.PositiveInfinity);
            for (var n = 0; n < options.Dims.Count && options.Dims[n] <= largest; n++)
            {
                var cost = (bytes(m, options.Dims[n]) + grain - 1) / grain;
                for (var step = cost; step <= steps; step++)
                {
                    var loss = before[step - cost] + options.Loss(n);
                    if (loss < least[step]) (least[step], chosen[m][step]) = (loss, n);
                }
            }
        }

        if (double.IsPositiveInfinity(least[steps])) return null;
        var choice = new int[chosen.Length];
        long left = steps;
        for (var m = chosen.Length - 1; m >= 0; m--)
        {
            choice[m] = chosen[m][left];
            left -= (bytes(m, search.Fields[m].Dims[choice[m]]) + grain - 1) / grain;
        }

        return choice;
    }

    private static double Loss(SearchResult search, int[] choice) => search.Fields.Select((field, m) => field.Loss(choice[m])).Sum();

    /// <summary>A model needs one vector: where none is left, gives one to the field that loses least by it. False where none fits.</summary>
    private static bool KeepOne(SearchResult search, int[] choice, Func<int[], bool> fits)
    {
        if (choice.Where((n, m) => search.Fields[m].Dims[n] > 0).Any()) return true;
        var (least, field, candidate) = (double.PositiveInfinity, -1, -1);
        for (var m = 0; m < choice.Length; m++)
        {
            var (now, options) = (choice[m], search.Fields[m]);
            for (var n = 0; n < options.Dims.Count; n++)
            {
                if (options.Dims[n] == 0) continue;
                choice[m] = n;
                if (options.Loss(n) - options.Loss(now) < least && fits(choice)) (least, field, candidate) = (options.Loss(n) - options.Loss(now), m, n);
                choice[m] = now;
            }
        }

        if (field >= 0) choice[field] = candidate;
        return field >= 0;
    }

    private static EmbeddingPlan Plan(SearchResult search, IReadOnlyList<Field> fields, int[] choice)
        => EmbeddingPlan.Of(fields, search.Fields.Select((field, m) => field.Dims[choice[m]]));
}

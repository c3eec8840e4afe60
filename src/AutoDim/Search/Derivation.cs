using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search.AutoDim;

namespace AutoDim.Search;

/// <summary>From a search's preferences to a plan.</summary>
public static class Derivation
{
    /// <summary>Each field's best candidate (AutoDim, section 3.4); where all fields prefer none, the one keeps a vector that gives it up least gladly.</summary>
    public static EmbeddingPlan Argmax(SearchResult search, IReadOnlyList<Field> fields)
    {
        int[] choice = [.. search.Fields.Select(field => field.Best)];
        KeepOne(search, choice, _ => true);
        return Plan(search, fields, choice);
    }

    /// <summary>
    /// The plan of most preference, Σ log π_m(d_m), among those whose deployed embedding bytes are within the budget: Lagrange's
    /// multiplier on the bytes by bisection, then what room is left goes where it adds most per byte.
    /// </summary>
    /// <exception cref="AutoDimException">Even the smallest candidates take more, or no field could keep a vector.</exception>
    public static EmbeddingPlan UnderBudget(SearchResult search, IReadOnlyList<Field> fields, bool firstOrder, long budget, Projection projection = Projection.Linear)
    {
        EmbeddingPlan Plan(int[] choice) => Derivation.Plan(search, fields, choice) with { Projection = projection };
        long Bytes(int[] choice) => PlanBytes.Of(Plan(choice), fields, firstOrder).Deployed;
        int[] Priced(double price) => [.. search.Fields.Select((choice, m) => Enumerable.Range(0, choice.Dims.Count)
            .MaxBy(n => choice.Score(n) - (price * fields[m].Rows * choice.Dims[n])))];

        var smallest = new int[fields.Count];
        if (Bytes(smallest) > budget)
        {
            var bytes = PlanBytes.Of(Plan(smallest), fields, firstOrder);
            throw new AutoDimException($"a budget of {budget} bytes cannot be met: with every field at its smallest candidate the embeddings take {bytes.Deployed} bytes ({bytes.Tables} tables, {bytes.Maps} maps, {bytes.Vocabulary} vocabulary); raise --budget, add smaller candidates, or raise minCount");
        }

        var best = Priced(0);
        if (Bytes(best) > budget)
        {
            double low = 0, high = 1;
            while (Bytes(Priced(high)) > budget) high *= 2;
            for (var i = 0; i < 200 && high - low > 1e-15 * high; i++)
            {
                var middle = (low + high) / 2;
                if (Bytes(Priced(middle)) > budget) low = middle;
                else high = middle;
            }

            best = Priced(high);
            FillUp(search, fields, best, choice => Bytes(choice) <= budget);
        }

        if (!KeepOne(search, best, choice => Bytes(choice) <= budget)) throw new AutoDimException($"a budget of {budget} bytes leaves no field a vector; raise --budget");
        return Plan(best);
    }

    /// <summary>A model needs one vector: where none is left, gives one to the field that loses least preference by it. False where none fits.</summary>
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
                if (options.Score(now) - options.Score(n) < least && fits(choice)) (least, field, candidate) = (options.Score(now) - options.Score(n), m, n);
                choice[m] = now;
            }
        }

        if (field >= 0) choice[field] = candidate;
        return field >= 0;
    }

    private static void FillUp(SearchResult search, IReadOnlyList<Field> fields, int[] choice, Func<int[], bool> fits)
    {
        while (true)
        {
            var (bestGain, bestField, bestCandidate) = (0.0, -1, -1);
            for (var m = 0; m < choice.Length; m++)
            {
                var (now, options) = (choice[m], search.Fields[m]);
                for (var n = now + 1; n < options.Dims.Count; n++)
                {
                    var gain = (options.Score(n) - options.Score(now)) / Math.Max(1, fields[m].Rows * (options.Dims[n] - options.Dims[now]));
                    choice[m] = n;
                    if (gain > bestGain && fits(choice)) (bestGain, bestField, bestCandidate) = (gain, m, n);
                    choice[m] = now;
                }
            }

            if (bestField < 0) return;
            choice[bestField] = bestCandidate;
        }
    }

    private static EmbeddingPlan Plan(SearchResult search, IReadOnlyList<Field> fields, int[] choice)
        => EmbeddingPlan.Of(fields, search.Fields.Select((field, m) => field.Dims[choice[m]]));
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Search;

/// <summary>Random search, the dull baseline: dimensions drawn per field, none over a budget and none far under it.</summary>
public static class RandomPlans
{
    private const int Draws = 10_000;
    private const double LeastUse = 0.9;

    /// <summary>
    /// Plans whose deployed embedding bytes are within 90% to 100% of the budget; else the nearest one drawn below it. Of many fields hardly any draw is small: where none is, some are lowered until they fit.
    /// </summary>
    /// <exception cref="AutoDimException">Not even the smallest candidates meet the budget.</exception>
    public static IReadOnlyList<EmbeddingPlan> Draw(IReadOnlyList<Field> fields, IReadOnlyList<int> candidates, LinearRow linear, long budget, int count, ulong seed, Projection projection = Projection.Linear, RowStorage storage = RowStorage.Float32)
    {
        var random = new CounterRandom(seed, 0x5EA3C4);
        List<EmbeddingPlan> plans = [];
        (EmbeddingPlan? Plan, long Bytes) nearest = (null, 0);
        for (var draw = 0L; draw < Draws && plans.Count < count; draw++)
        {
            var plan = Plan(Dims(draw));
            if (!IsNew(plan)) continue;
            var bytes = Bytes(plan);
            if (bytes > budget) continue;
            if (bytes >= LeastUse * budget) plans.Add(plan);
            else if (bytes > nearest.Bytes) nearest = (plan, bytes);
        }

        if (plans.Count > 0) return plans;
        if (nearest.Plan is { } fallback) return [fallback];
        int[] ascending = [.. candidates.Order()];
        for (var draw = 0L; draw < count; draw++)
        {
            if (Lowered(Dims(draw), ascending, dims => Bytes(Plan(dims)) <= budget, random.Fork((ulong)draw)) is { } dims && Plan(dims) is var plan && IsNew(plan)) plans.Add(plan);
        }

        return plans.Count > 0 ? plans : throw new AutoDimException($"no random plan fits into {budget} bytes; raise the budget");

        int[] Dims(long draw) => [.. fields.Select((field, m) => (int)Math.Min(field.Rows, candidates[(int)random.Below((draw * fields.Count) + m, candidates.Count)]))];
        EmbeddingPlan Plan(int[] dims) => EmbeddingPlan.Of(fields, dims).Stored(storage) with { Projection = projection };
        bool IsNew(EmbeddingPlan plan) => plan.MappedDim > 0 && !plans.Exists(drawn => drawn.Fields.SequenceEqual(plan.Fields));
        long Bytes(EmbeddingPlan plan) => PlanBytes.Of(plan, fields, linear).Deployed;
    }

    /// <summary>Fields at random, one at a time, take the next smaller candidate until all fit; null where they cannot.</summary>
    private static int[]? Lowered(int[] dims, int[] ascending, Func<int[], bool> fit, CounterRandom random)
    {
        for (var step = 0L; !fit(dims); step++)
        {
            int[] lowerable = [.. Enumerable.Range(0, dims.Length).Where(m => dims[m] > ascending[0])];
            if (lowerable.Length == 0) return null;
            var m = lowerable[(int)random.Below(step, lowerable.Length)];
            dims[m] = ascending.Last(dim => dim < dims[m]);
        }

        return dims;
    }
}

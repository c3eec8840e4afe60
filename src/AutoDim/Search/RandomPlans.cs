using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Search;

/// <summary>Random search, the dull baseline: dimensions drawn per field, none over a budget and none far under it.</summary>
public static class RandomPlans
{
    private const int Draws = 10_000;
    private const double LeastUse = 0.9;

    /// <summary>Plans whose deployed embedding bytes are within 90% to 100% of the budget; else the nearest one drawn below it.</summary>
    /// <exception cref="AutoDimException">No draw met the budget.</exception>
    public static IReadOnlyList<EmbeddingPlan> Draw(IReadOnlyList<Field> fields, IReadOnlyList<int> candidates, LinearRow linear, long budget, int count, ulong seed, Projection projection = Projection.Linear, RowStorage storage = RowStorage.Float32)
    {
        var random = new CounterRandom(seed, 0x5EA3C4);
        List<EmbeddingPlan> plans = [];
        (EmbeddingPlan? Plan, long Bytes) nearest = (null, 0);
        for (var draw = 0L; draw < Draws && plans.Count < count; draw++)
        {
            var dims = fields.Select((field, m) => (int)Math.Min(field.Rows, candidates[(int)random.Below((draw * fields.Count) + m, candidates.Count)]));
            var plan = EmbeddingPlan.Of(fields, dims).Stored(storage) with { Projection = projection };
            if (plan.MappedDim == 0 || plans.Exists(drawn => drawn.Fields.SequenceEqual(plan.Fields))) continue;
            var bytes = PlanBytes.Of(plan, fields, linear).Deployed;
            if (bytes > budget) continue;
            if (bytes >= LeastUse * budget) plans.Add(plan);
            else if (bytes > nearest.Bytes) nearest = (plan, bytes);
        }

        if (plans.Count > 0) return plans;
        return nearest.Plan is { } fallback ? [fallback] : throw new AutoDimException($"no random plan fits into {budget} bytes; raise the budget");
    }
}

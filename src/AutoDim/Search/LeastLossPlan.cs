using AutoDim.Data;
using AutoDim.Embeddings;

namespace AutoDim.Search;

/// <summary>The plan of least loss within a number of bytes: a knapsack with one option for each field.</summary>
internal static class LeastLossPlan
{
    private const int BudgetSteps = 20_000;

    /// <summary>
    /// Exact but for rounding a field's bytes up to a 20,000th of the budget: solved once for every dimension that the fields' maps may lead
    /// to. Null where nothing fits that leaves a field a vector.
    /// </summary>
    /// <param name="options">Of each field.</param>
    /// <param name="linear">What a value has beside its vector.</param>
    /// <param name="budget">Deployed embedding bytes.</param>
    public static EmbeddingPlan? Within(IReadOnlyList<IReadOnlyList<FieldOption>> options, IReadOnlyList<Field> fields, LinearRow linear, long budget, Projection projection)
    {
        EmbeddingPlan Plan(FieldOption[] choice) => new([.. choice.Select((option, m) => ItemOf(option, fields[m]))], projection);
        long Bytes(int m, FieldOption option, int common) => BytesWithoutMap(option, fields[m], linear) + PlanBytes.OfMap(option.Dim, common, projection);
        bool Fits(FieldOption[] choice) => PlanBytes.Of(Plan(choice), [.. choice.Select((option, m) => option.Folded ?? fields[m])], linear).Deployed <= budget;
        FieldOption[]? best = null;
        foreach (var common in options.SelectMany(list => list.Select(option => option.Dim)).Where(dim => dim > 0).Distinct())
        {
            var choice = LeastLoss(options, budget, common, (m, option) => Bytes(m, option, common));
            if (choice != null && (best == null || Loss(choice) < Loss(best))) best = choice;
        }

        best ??= [.. options.Select((list, m) => list.MinBy(option => Bytes(m, option, 0))!)];
        return KeepOne(options, best, Fits) && Fits(best) ? Plan(best) : null;
    }

    /// <summary>Bytes of a field as an option has it, its part of the vocabulary included.</summary>
    public static long BytesWithoutMap(FieldOption option, Field field, LinearRow linear)
    {
        var item = ItemOf(option, field);
        return item.Bytes + item.BytesOf(PlanBytes.LinearDim(linear, option.Dim)) + (option.Folded ?? field).VocabularyBytes;
    }

    /// <summary>A model needs one vector: where none is left, gives one to the field that loses least by it. False where none fits.</summary>
    internal static bool KeepOne(IReadOnlyList<IReadOnlyList<FieldOption>> options, FieldOption[] choice, Func<FieldOption[], bool> fits)
    {
        if (choice.Any(option => option.Dim > 0)) return true;
        var (least, field, kept) = (double.PositiveInfinity, -1, (FieldOption?)null);
        for (var m = 0; m < choice.Length; m++)
        {
            var now = choice[m];
            foreach (var option in options[m].Where(option => option.Dim > 0))
            {
                choice[m] = option;
                if (option.Loss - now.Loss < least && fits(choice)) (least, field, kept) = (option.Loss - now.Loss, m, option);
            }

            choice[m] = now;
        }

        if (kept != null) choice[field] = kept;
        return kept != null;
    }

    private static PlanField ItemOf(FieldOption option, Field field) => new(field.Name, (option.Folded ?? field).Rows, option.Dim, option.Storage) { MinCount = option.MinCount, Form = option.Form };

    private static double Loss(FieldOption[] choice) => choice.Sum(option => option.Loss);

    /// <summary>The choice of least loss with dimensions up to <paramref name="largest"/> and within so many bytes; null where there is none.</summary>
    /// <param name="bytes">Of a field's option.</param>
    public static FieldOption[]? LeastLoss(IReadOnlyList<IReadOnlyList<FieldOption>> options, long budget, int largest, Func<int, FieldOption, long> bytes)
    {
        var grain = Math.Max(1, budget / BudgetSteps);
        var steps = (int)(budget / grain);
        long Cost(int m, FieldOption option) => (bytes(m, option) + grain - 1) / grain;
        var least = new double[steps + 1];
        var chosen = new FieldOption[options.Count][];
        for (var m = 0; m < chosen.Length; m++)
        {
            var before = least;
            (least, chosen[m]) = (new double[steps + 1], new FieldOption[steps + 1]);
            Array.Fill(least, double.PositiveInfinity);
            foreach (var option in options[m].Where(option => option.Dim <= largest))
            {
                var cost = Cost(m, option);
                for (var step = cost; step <= steps; step++)
                {
                    var loss = before[step - cost] + option.Loss;
                    if (loss < least[step]) (least[step], chosen[m][step]) = (loss, option);
                }
            }
        }

        if (double.IsPositiveInfinity(least[steps])) return null;
        var choice = new FieldOption[chosen.Length];
        long left = steps;
        for (var m = chosen.Length - 1; m >= 0; m--)
        {
            choice[m] = chosen[m][left];
            left -= Cost(m, choice[m]);
        }

        return choice;
    }
}

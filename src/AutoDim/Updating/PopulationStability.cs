using AutoDim.Data;

namespace AutoDim.Updating;

/// <summary>
/// The population stability index of a field: Σ (q − p) ln(q / p) over groups of values, p their share before and q now. By custom it is below
/// <see cref="Moderate"/> where nothing happened and from <see cref="Large"/> on a large shift (Siddiqi, Credit Risk Scorecards, 2006).
/// </summary>
internal static class PopulationStability
{
    /// <summary>From here on a moderate shift.</summary>
    public const double Moderate = 0.1;

    /// <summary>From here on a large one.</summary>
    public const double Large = 0.25;

    /// <summary>A group of values ends once it holds this share of training: frequent values are groups of their own.</summary>
    private const double GroupShare = 1 / 20.0;

    private const double Normal99 = 2.3263478740408408;

    /// <summary>The index, 0 or more, and what chance alone exceeds once in a hundred times; 0 where there is nothing to compare.</summary>
    /// <param name="train">Occurrences of each row in training, by which values are grouped; those of unseen and of missing values are groups of their own.</param>
    /// <param name="before">Occurrences among rows that were not trained on.</param>
    /// <param name="now">Occurrences in the new data.</param>
    public static (double Index, double Chance) Of(Field field, long[] train, long[] before, long[] now)
    {
        double countBefore = before.Sum(), countNow = now.Sum();
        if (countBefore == 0 || countNow == 0) return (0, 0);
        var groups = Groups(field, train, out var count);
        double[] p = new double[count], q = new double[count];
        for (var row = 0; row < groups.Length; row++)
        {
            p[groups[row]] += before[row];
            q[groups[row]] += now[row];
        }

        // Half an occurrence more in each group: an empty one would make the index infinite.
        var index = Enumerable.Range(0, count).Sum(g =>
        {
            double shareBefore = (p[g] + 0.5) / (countBefore + (0.5 * count)), shareNow = (q[g] + 0.5) / (countNow + (0.5 * count));
            return (shareNow - shareBefore) * Math.Log(shareNow / shareBefore);
        });
        return (index, ChiSquare99(count - 1) * ((1 / countBefore) + (1 / countNow)));
    }

    /// <summary>The group of each row.</summary>
    private static int[] Groups(Field field, long[] train, out int count)
    {
        var (groups, first, share) = (new int[train.Length], (int)field.FirstValueRow, GroupShare * train.Sum());
        for (var row = 0; row < first; row++) groups[row] = row;
        var (group, held) = (first, 0L);
        foreach (var row in Enumerable.Range(first, train.Length - first).OrderByDescending(row => train[row]).ThenBy(row => row))
        {
            if (held > 0 && held >= share) (group, held) = (group + 1, 0);
            groups[row] = group;
            held += train[row];
        }

        count = group + 1;
        return groups;
    }

    /// <summary>Without a shift the index is χ² times 1/n + 1/m (Yurdakul, Naranjo, 2020); its 99th percentile by Wilson and Hilferty, 1931.</summary>
    private static double ChiSquare99(int freedom)
        => freedom == 0 ? 0 : freedom * Math.Pow(1 - (2 / (9.0 * freedom)) + (Normal99 * Math.Sqrt(2 / (9.0 * freedom))), 3);
}

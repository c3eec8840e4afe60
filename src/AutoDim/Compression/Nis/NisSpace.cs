using AutoDim.Data;
using AutoDim.Embeddings;

namespace AutoDim.Compression.Nis;

/// <summary>
/// What NIS chooses among (Joglekar et al., KDD 2020, section 3). A field's rows, by how often training has them, are cut into groups, its numbers into column groups; a choice
/// says for each column group how many row groups, from the most frequent on, have it. Single-size: one pair of row groups and column groups a field, or none.
/// Multi-size: a number of row groups for each column group.
/// </summary>
internal sealed class NisSpace
{
    /// <summary>Row groups of a field at most.</summary>
    public const int RowGroups = 5;

    private const int ColumnGroups = 4;

    private static readonly double[] RowShares = [0.1, 0.3, 0.5, 0.7];

    private readonly int[] columnEnds;
    private readonly bool isMulti;

    /// <param name="counts">Occurrences of each row of each field in training.</param>
    /// <param name="dim">D, the largest dimension.</param>
    public NisSpace(IReadOnlyList<Field> fields, IReadOnlyList<long[]> counts, int dim, bool isMulti)
    {
        this.isMulti = isMulti;
        columnEnds = [.. Enumerable.Range(1, ColumnGroups).Select(t => ((dim * t) + ColumnGroups - 1) / ColumnGroups).Distinct()];
        LeastCounts = [.. counts.Select((list, m) => isMulti || fields[m].Map != RowMap.Computed ? LeastCountsOf(list) : [0])];
        Groups = [.. counts.Select((list, m) => list.Select(count => (ushort)((m * RowGroups) + Array.FindIndex(LeastCounts[m], least => count >= least))).ToArray())];
        GroupRows = [.. Groups.Select((list, m) => LeastCounts[m].Select((_, group) => list.LongCount(of => of == (m * RowGroups) + group)).ToArray())];
    }

    /// <summary>For each field how often a row of its groups occurs at the least, descending; 0 for the last group. Rows that occur equally often are not told apart.</summary>
    public long[][] LeastCounts { get; }

    /// <summary>Of each field and row its group, counted on over all fields, <see cref="RowGroups"/> a field.</summary>
    public ushort[][] Groups { get; }

    /// <summary>Rows of each of a field's groups.</summary>
    public long[][] GroupRows { get; }

    /// <summary>Column groups of a field.</summary>
    public int Columns => columnEnds.Length;

    /// <summary>Softmaxes that a whole choice is drawn from.</summary>
    public int Decisions => LeastCounts.Length * (isMulti ? Columns : 1);

    /// <summary>Where a column group ends, as a dimension.</summary>
    public int DimOf(int column) => columnEnds[column];

    /// <summary>Numbers of a column group.</summary>
    public int WidthOf(int column) => columnEnds[column] - (column == 0 ? 0 : columnEnds[column - 1]);

    public int FieldOf(int decision) => isMulti ? decision / Columns : decision;

    /// <summary>Options of a decision; the first keeps nothing.</summary>
    public int OptionsOf(int decision) => 1 + (LeastCounts[FieldOf(decision)].Length * (isMulti ? 1 : Columns));

    /// <summary>Row groups that have a column group of a field.</summary>
    public int Limit(int field, int column, IReadOnlyList<int> choice)
    {
        if (isMulti) return choice[(field * Columns) + column];
        var (rows, columns) = Size(choice[field]);
        return column < columns ? rows : 0;
    }

    /// <summary>Row groups and column groups of a single-size option; both 0 for none.</summary>
    public (int Rows, int Columns) Size(int option) => option == 0 ? (0, 0) : (1 + ((option - 1) / Columns), 1 + ((option - 1) % Columns));

    /// <summary>The option that keeps everything.</summary>
    public int Whole(int decision) => OptionsOf(decision) - 1;

    private static long[] LeastCountsOf(long[] counts)
    {
        long[] sorted = [.. counts.OrderDescending()];
        return [.. RowShares.Select(share => sorted[(int)Math.Ceiling(share * sorted.Length) - 1]).Where(count => count > 1).Distinct(), 0];
    }
}

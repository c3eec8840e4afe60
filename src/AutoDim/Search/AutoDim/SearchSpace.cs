using AutoDim.Data;

namespace AutoDim.Search.AutoDim;

/// <summary>
/// The candidate dimensions of every field. With weight sharing a value has one row of D numbers and candidate n is its first
/// d_n; with separate tables the row holds every candidate's numbers side by side.
/// </summary>
internal sealed class SearchSpace
{
    /// <param name="candidates">Ascending, at least two; 0 stands for dropping the field.</param>
    /// <param name="blocks">Of each field the blocks that choose their dimensions apart; null: all its values have one.</param>
    public SearchSpace(IReadOnlyList<Field> fields, IReadOnlyList<int> candidates, bool separateTables, IReadOnlyList<PopularityBlocks?>? blocks = null)
    {
        Check(candidates);
        Fields = fields;
        Candidates = candidates;
        Dim = candidates[^1];
        Slices = new CandidateSlice[candidates.Count];
        var (start, mapStart) = (0, 0);
        for (var n = 0; n < candidates.Count; n++)
        {
            Slices[n] = new CandidateSlice(separateTables ? start : 0, candidates[n], mapStart);
            start += candidates[n];
            mapStart += candidates[n];
        }

        RowWidth = separateTables ? start : Dim;
        MapRows = mapStart;
        Blocks = blocks ?? new PopularityBlocks?[fields.Count];
        Choices = [.. fields.SelectMany((_, m) => Enumerable.Range(0, Blocks[m]?.Sizes.Length ?? 1).Select(block => new SearchChoice(m, block)))];
        AllowedCounts = [.. Choices.Select(choice => 1 + candidates.SkipLast(1).Count(smaller => smaller < fields[choice.Field].Rows))];
    }

    /// <exception cref="AutoDimException">There are fewer than two candidates, or they do not ascend within 0 to 1024.</exception>
    public static void Check(IReadOnlyList<int> candidates)
    {
        if (candidates.Count < 2) throw new AutoDimException($"there is {candidates.Count} candidate dimension; a search needs at least two: --search-candidates 2,8,16");
        for (var n = 0; n < candidates.Count; n++)
        {
            if (candidates[n] < 0 || candidates[n] > 1024) throw new AutoDimException($"candidate dimension {candidates[n]} is not within 0 to 1024");
            if (n > 0 && candidates[n] <= candidates[n - 1]) throw new AutoDimException($"candidate dimensions must ascend; {candidates[n]} follows {candidates[n - 1]}");
        }
    }

    public IReadOnlyList<Field> Fields { get; }

    public IReadOnlyList<int> Candidates { get; }

    /// <summary>D, the largest candidate, to which all are unified.</summary>
    public int Dim { get; }

    /// <summary>Numbers a value's row holds during search: D, or Σ d_n with separate tables.</summary>
    public int RowWidth { get; }

    /// <summary>Σ d_n: rows of a field's stacked maps.</summary>
    public int MapRows { get; }

    public CandidateSlice[] Slices { get; }

    /// <summary>Of each field the blocks that choose apart; null where it chooses once.</summary>
    public IReadOnlyList<PopularityBlocks?> Blocks { get; }

    /// <summary>What has a dimension of its own, a row of α each: the fields, or their blocks one after another.</summary>
    public IReadOnlyList<SearchChoice> Choices { get; }

    /// <summary>Per choice, how many of the first candidates it has: up to the first that the field's number of rows does not exceed, cut to it.</summary>
    public int[] AllowedCounts { get; }

    /// <summary>The dimension of a field's candidate: never more than the field has rows.</summary>
    public int DimOf(int field, int candidate) => (int)Math.Min(Candidates[candidate], Fields[field].Rows);

    /// <summary>Where a field's candidate lies: no wider than the field has rows.</summary>
    public CandidateSlice SliceOf(int field, int candidate) => Slices[candidate] with { Dim = DimOf(field, candidate) };
}

/// <summary>A field, or a block of its values, that chooses a dimension.</summary>
internal readonly record struct SearchChoice(int Field, int Block);

/// <summary>Where a candidate lies.</summary>
/// <param name="Start">First coordinate within a value's row.</param>
/// <param name="Dim">d_n.</param>
/// <param name="MapStart">First row of its map within the field's stacked maps.</param>
internal readonly record struct CandidateSlice(int Start, int Dim, int MapStart);

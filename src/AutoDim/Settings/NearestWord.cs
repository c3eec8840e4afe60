namespace AutoDim.Settings;

/// <summary>The word that was meant, for errors that name one.</summary>
internal static class NearestWord
{
    private const int LargestDistance = 3;
    private const int MostNames = 4;

    /// <summary>"; did you mean …", or nothing where no name is near: by few letters, or because it has the word as a part ("rate" of "learning-rate").</summary>
    public static string Suggestion(string word, IEnumerable<string> known)
    {
        string[] names = [.. known];
        var bare = Bare(word);
        var (nearest, distance) = names.Select(name => (Name: name, Distance: Distance(bare, Bare(name)))).DefaultIfEmpty(("", int.MaxValue)).MinBy(item => item.Item2);
        if (distance <= Math.Min(LargestDistance, (bare.Length + 1) / 3)) return $"; did you mean {nearest}";
        string[] wider = bare.Length < 3 ? [] : [.. names.Where(name => $"-{Bare(name)}".Contains($"-{bare}", StringComparison.Ordinal))];
        return wider.Length is > 0 and <= MostNames ? $"; did you mean {string.Join(" or ", wider)}" : "";
    }

    private static string Bare(string word) => word.TrimStart('-').ToLowerInvariant();

    /// <summary>Letters put in, left out, replaced, or swapped with their neighbour (Damerau and Levenshtein's distance, each place edited once).</summary>
    private static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) table[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) table[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}

using AutoDim.Data;
using AutoDim.Embeddings;

namespace AutoDim.Compression;

/// <summary>What becomes of a trained field when its rare values share a row.</summary>
internal static class RareRows
{
    /// <summary>Fewer rows are not worth a threshold.</summary>
    private const int LeastRows = 64;

    /// <summary>A threshold is of interest where it leaves at most this share of the rows that the one before left.</summary>
    private const double NextShare = 0.85;

    private static readonly long[] Thresholds = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096];

    /// <summary>Minimal counts that leave a field fewer and fewer rows, ascending; none where its rows are few or computed.</summary>
    /// <param name="counts">Occurrences of each row in training.</param>
    public static long[] MinCounts(Field field, long[] counts)
    {
        if (field.Rows < LeastRows || field.Map == RowMap.Computed) return [];
        List<long> chosen = [];
        var left = (double)field.Rows;
        foreach (var threshold in Thresholds)
        {
            var kept = counts.Count(count => count >= threshold);
            if (kept > NextShare * left) continue;
            if (kept == 0) break;
            chosen.Add(threshold);
            left = kept;
        }

        return [.. chosen];
    }

    /// <summary>Gives every rare row the mean of all of them, each weighted by how often it occurs: the row that training would have given them together, more or less.</summary>
    public static unsafe void Share(Field field, EmbeddingTable table, long[] counts, long minCount)
    {
        var first = field.FirstValueRow;
        bool IsRare(long row) => row >= first && counts[row] < minCount;
        var (mean, total) = (new double[table.Dim], 0L);
        for (var row = first; row < table.Rows; row++)
        {
            if (!IsRare(row)) continue;
            total += counts[row];
            for (var k = 0; k < mean.Length; k++) mean[k] += counts[row] * (double)table.Row(row)[k];
        }

        for (var row = 0L; row < table.Rows; row++)
        {
            if (!IsRare(row) && (row > 0 || first == 0)) continue;
            for (var k = 0; k < mean.Length; k++) table.Row(row)[k] = (Real)(mean[k] / Math.Max(1, total));
        }
    }
}

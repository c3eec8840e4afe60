namespace AutoDim.Compression;

/// <summary>A field's rows in blocks by how often training has them, the most popular first: what a method may treat differently within one field.</summary>
internal static class PopularityBlocks
{
    /// <summary>Fewer rows are one block.</summary>
    private const long LeastRows = 256;

    /// <summary>A block ends at the field's rows divided by each: most bytes are in the tail, most of the traffic in the head.</summary>
    private static readonly int[] Divisors = [16, 4, 2, 1];

    /// <summary>Rows of each block of a field of so many.</summary>
    public static long[] Sizes(long rows)
    {
        if (rows < LeastRows) return [rows];
        long[] ends = [.. Divisors.Select(divisor => rows / divisor)];
        return [.. ends.Select((end, block) => block == 0 ? end : end - ends[block - 1])];
    }

    /// <summary>For each row the block it is in; of rows that occur equally often the first come first. Rows beyond the blocks have the number of blocks.</summary>
    /// <param name="counts">Occurrences of each row in training.</param>
    public static int[] BlockOf(long[] counts, IReadOnlyList<long> sizes)
    {
        var blocks = new int[counts.Length];
        var (block, left) = (0, sizes[0]);
        foreach (var row in Enumerable.Range(0, counts.Length).OrderByDescending(row => counts[row]))
        {
            while (block < sizes.Count && left == 0) left = ++block < sizes.Count ? sizes[block] : 0;
            blocks[row] = block;
            left--;
        }

        return blocks;
    }
}

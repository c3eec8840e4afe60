namespace AutoDim.Search;

/// <summary>A field's rows in blocks by how often training has them, the most popular first: what a method may treat differently within one field.</summary>
/// <param name="Sizes">Rows of each block.</param>
/// <param name="OfRow">The block of each row.</param>
internal sealed record PopularityBlocks(long[] Sizes, byte[] OfRow)
{
    /// <summary>Fewer rows are one block.</summary>
    private const long LeastRows = 256;

    /// <summary>A block ends at the field's rows divided by each: most bytes are in the tail, most of the traffic in the head.</summary>
    private static readonly int[] Divisors = [16, 4, 2, 1];

    /// <summary>The blocks of a field of so many rows as there are counts; null where it is but one.</summary>
    /// <param name="counts">Occurrences of each row in training.</param>
    public static PopularityBlocks? Of(long[] counts) => SizesOf(counts.Length) is { Length: > 1 } sizes ? new(sizes, BlockOf(counts, sizes)) : null;

    /// <summary>Rows of each block of a field of so many.</summary>
    public static long[] SizesOf(long rows)
    {
        if (rows < LeastRows) return [rows];
        long[] ends = [.. Divisors.Select(divisor => rows / divisor)];
        return [.. ends.Select((end, block) => block == 0 ? end : end - ends[block - 1])];
    }

    /// <summary>For each row the block it is in; of rows that occur equally often the first come first. Rows beyond the blocks have the number of blocks.</summary>
    /// <param name="counts">Occurrences of each row in training.</param>
    public static byte[] BlockOf(long[] counts, IReadOnlyList<long> sizes)
    {
        var blocks = new byte[counts.Length];
        var (block, left) = (0, sizes[0]);
        foreach (var row in Enumerable.Range(0, counts.Length).OrderByDescending(row => counts[row]))
        {
            while (block < sizes.Count && left == 0) left = ++block < sizes.Count ? sizes[block] : 0;
            blocks[row] = (byte)block;
            left--;
        }

        return blocks;
    }
}

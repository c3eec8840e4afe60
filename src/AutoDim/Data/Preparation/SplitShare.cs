using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>Which rows of the splits this rank encodes: whole record batches, so that what ranks write joins to the files that one process writes.</summary>
internal sealed class SplitShare
{
    /// <summary>Stands for the split of a row that another rank encodes.</summary>
    public const byte Elsewhere = 4;

    private readonly CellFile cells;
    private readonly long[][] before; // of each chunk and split; after the last chunk all rows
    private readonly (long First, long Last)[] own;

    /// <param name="cells">All rows, their splits decided.</param>
    public SplitShare(CellFile cells, Ranks ranks)
    {
        this.cells = cells;
        before = [new long[PreparationInputs.SplitNames.Count], .. Enumerable.Range(0, cells.Chunks).Select(_ => new long[PreparationInputs.SplitNames.Count])];
        Span<byte> splits = new byte[RecordChunk.Capacity];
        for (var i = 0; i < cells.Chunks; i++)
        {
            cells.ReadSplits(i, splits);
            for (var split = 0; split < before[i].Length; split++) before[i + 1][split] = before[i][split] + splits[..cells.RowsOf(i)].Count((byte)split);
        }

        own = [.. before[^1].Select(rows =>
        {
            var (first, last) = ranks.ShareOf((rows + ArrowSplit.BatchRows - 1) / ArrowSplit.BatchRows);
            return (first * ArrowSplit.BatchRows, last * ArrowSplit.BatchRows);
        })];
    }

    /// <summary>Rows of all chunks in a split.</summary>
    public long RowsOf(int split) => before[^1][split];

    /// <summary>Whether this rank encodes a row of a chunk.</summary>
    public bool Has(int chunk) => own.Index().Any(share => before[chunk][share.Index] < share.Item.Last && before[chunk + 1][share.Index] > share.Item.First);

    /// <summary>Reads how many rows a chunk has, their labels and splits, those of other ranks' rows as <see cref="Elsewhere"/>.</summary>
    public void ReadRows(int chunk, RecordChunk target)
    {
        cells.ReadRows(chunk, target);
        Span<long> next = [.. before[chunk]];
        foreach (ref var split in target.Splits.AsSpan(0, target.Count))
        {
            var (row, share) = (next[split]++, own[split]);
            if (row < share.First || row >= share.Last) split = Elsewhere;
        }
    }
}

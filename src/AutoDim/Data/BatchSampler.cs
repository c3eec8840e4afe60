using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>
/// Gives a split's samples batch by batch, in an order decided by seed and epoch. Blocks of neighbouring samples are permuted,
/// then samples within a group of blocks, so that reading stays local on data larger than memory; up to a million samples the
/// permutation is over all of them. A position can be sought, so that a resumed run goes on exactly. No allocation per batch.
/// Where several ranks train together, each draws the same order and reads its share of every batch.
/// </summary>
public sealed class BatchSampler
{
    private const int BlockSize = 1 << 14;
    private const int BlocksPerGroup = 64;

    private readonly DataSplit split;
    private readonly int batchSize;
    private readonly ulong seed;
    private readonly Ranks ranks;
    private readonly long[] blocks;
    private readonly long[] group;
    private readonly long[] samples;
    private long groupIndex = -1;
    private long groupStart;
    private int groupLength;

    public BatchSampler(DataSplit split, int batchSize, ulong seed)
        : this(split, batchSize, seed, Ranks.One)
    {
    }

    /// <param name="batchSize">Samples of a batch, of which each rank reads its share.</param>
    internal BatchSampler(DataSplit split, int batchSize, ulong seed, Ranks ranks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (split.RowCount == 0) throw new AutoDimException("a split to train on has no rows; check the split in the schema");
        this.split = split;
        this.batchSize = batchSize;
        this.seed = seed;
        this.ranks = ranks;
        blocks = new long[(split.RowCount + BlockSize - 1) / BlockSize];
        group = new long[Math.Min(split.RowCount, (long)BlockSize * BlocksPerGroup)];
        samples = new long[batchSize];
        Seek(0, 0);
    }

    /// <summary>The pass under way, from 0.</summary>
    public long Epoch { get; private set; }

    /// <summary>Samples given in this epoch.</summary>
    public long Position { get; private set; }

    /// <summary>Batches in an epoch; the last may be smaller.</summary>
    public long BatchesPerEpoch => (split.RowCount + batchSize - 1) / batchSize;

    /// <summary>Reads the next batch; false, and nothing read, at the end of the epoch.</summary>
    public bool TryNext(Batch batch)
    {
        if (Position >= split.RowCount) return false;
        var size = (int)Math.Min(batchSize, split.RowCount - Position);
        var (first, last) = ranks.ShareOf(size);
        var own = samples.AsSpan(0, (int)(last - first));
        for (var i = 0; i < own.Length; i++) own[i] = SampleAt(Position + first + i);
        split.Read(own, batch);
        batch.Share((int)first, size);
        Position += size;
        return true;
    }

    /// <summary>Reads the next batch, going over to the next epoch at the end of one.</summary>
    public void Next(Batch batch)
    {
        if (TryNext(batch)) return;
        Seek(Epoch + 1, 0);
        TryNext(batch);
    }

    /// <summary>Goes to a position of an epoch, 0 to the split's rows.</summary>
    public void Seek(long epoch, long position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, split.RowCount);
        Epoch = epoch;
        Position = position;
        groupIndex = -1;
        for (var i = 0; i < blocks.Length; i++) blocks[i] = i;
        Shuffle(blocks, new CounterRandom(seed, 0xB10C5).Fork((ulong)epoch));
    }

    private static void Shuffle(Span<long> items, CounterRandom random)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = (int)random.Below(i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private long SampleAt(long position)
    {
        // All blocks but one are full; the short one may stand anywhere, so a group is found by counting.
        var (index, offset) = Locate(position);
        if (index != groupIndex) FillGroup(index);
        return group[offset];
    }

    private (long Group, int Offset) Locate(long position)
    {
        if (groupIndex >= 0 && position >= groupStart && position < groupStart + groupLength) return (groupIndex, (int)(position - groupStart));
        var start = 0L;
        for (var index = 0L; ; index++)
        {
            var length = GroupLength(index);
            if (position < start + length)
            {
                groupStart = start;
                return (index, (int)(position - start));
            }

            start += length;
        }
    }

    private int GroupLength(long index)
    {
        var length = 0L;
        for (var b = index * BlocksPerGroup; b < Math.Min(blocks.Length, (index + 1) * BlocksPerGroup); b++) length += BlockLength(blocks[b]);
        return (int)length;
    }

    private long BlockLength(long block) => Math.Min(BlockSize, split.RowCount - (block * BlockSize));

    private void FillGroup(long index)
    {
        groupIndex = index;
        groupLength = 0;
        for (var b = index * BlocksPerGroup; b < Math.Min(blocks.Length, (index + 1) * BlocksPerGroup); b++)
        {
            var first = blocks[b] * BlockSize;
            split.Fetch(first, BlockLength(blocks[b])); // the group is read at random: else the system would read far around each sample
            for (var i = 0L; i < BlockLength(blocks[b]); i++) group[groupLength++] = first + i;
        }

        Shuffle(group.AsSpan(0, groupLength), new CounterRandom(seed, 0x5A3F1E).Fork((ulong)Epoch).Fork((ulong)index));
    }
}

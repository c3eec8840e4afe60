using AutoDim.Autograd;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// What several ranks tell each other about the rows of one batch, so that a model sees no difference: before a pass each asks the owners for
/// the rows of shared tables that its samples have; after it, the gradient of each row goes to whoever updates the row, which is its owner,
/// or, where every rank has the table whole, everyone. A rank with U distinct rows of D numbers in a table sends, of a shared one,
/// 8·U bytes to ask and (8 + 4·D)·U of gradients, and gets 4·D·U; of a whole one it sends (8 + 4·D)·U to each other rank.
/// </summary>
internal sealed unsafe class RowExchange : IDisposable
{
    private readonly TableSet set;
    private readonly Ranks ranks;
    private readonly RowTraffic asked, given, sent, received;
    private readonly ReusedBuffer<long>[] offsets;
    private readonly MergedRows[] merged;
    private readonly RowWire wire;
    private readonly GradientFeedback[] feedback;
    private readonly List<TableLookup> lookups = [];

    public RowExchange(TableSet set, RowWire wire = default)
    {
        (this.set, this.wire) = (set, wire);
        ranks = set.Pool.Ranks;
        int[] dims = [.. set.Tables.Select(table => table.Dim)];
        (asked, given, sent, received) = (new RowTraffic(ranks, dims), new RowTraffic(ranks, dims), new RowTraffic(ranks, dims), new RowTraffic(ranks, dims));
        offsets = [.. set.Tables.Select(_ => new ReusedBuffer<long>())];
        merged = [.. set.Tables.Select(table => new MergedRows(table))];
        feedback = wire.Gradients == WireFormat.Float32 ? [] : [.. set.Tables.Select(table => new GradientFeedback(table, wire.Gradients))];
    }

    /// <summary>
    /// Bytes that a rank sends to others in a step for a table of which its samples have so many distinct rows of <paramref name="dim"/> numbers. Of a
    /// whole table (8 + 4·D)·U to each other rank; of a shared one 8·U to ask, 4·D·U to give (an average: what is asked of it, others have) and
    /// (8 + 4·D)·U of gradients, the share that is its own left out. In other formats than float32, what those take in place of 4·D.
    /// </summary>
    public static double SentBytes(long distinct, int dim, bool isShared, int ranks, RowWire wire = default)
    {
        double gradients = distinct * (sizeof(long) + WireRow.Bytes(wire.Gradients, dim)), others = ranks - 1;
        return isShared ? ((distinct * (sizeof(long) + WireRow.Bytes(wire.Rows, dim))) + gradients) * others / ranks : gradients * others;
    }

    /// <summary>Tells the owners which rows of shared tables the batch has, and learns which of this one's are asked for.</summary>
    public void Ask(IndexedBatch input)
    {
        if (!set.HasShared) return;
        asked.Clear();
        for (var t = 0; t < set.Shared.Count; t++)
        {
            var table = set.Shared[t];
            var rows = input.RowsOf(table);
            for (var u = 0; u < rows.Count; u++) asked.Count(table.Share!.OwnerOf(rows.Rows[u]), table.Index)++;
        }

        asked.SendCounts(given);
        for (var t = 0; t < set.Shared.Count; t++)
        {
            var table = set.Shared[t];
            var (rows, share) = (input.RowsOf(table), table.Share!);
            var offset = offsets[table.Index].Reserve(rows.Count);
            for (var u = 0; u < rows.Count; u++) offset[u] = asked.Add(share.OwnerOf(rows.Rows[u]), table.Index, share.PositionOf(rows.Rows[u]));
        }

        asked.SendRows(given);
    }

    /// <summary>Positions of a shared table's rows for which a rank has asked this one.</summary>
    public ReadOnlySpan<long> AskedFor(EmbeddingTable table, int rank) => new(given.Rows(rank, table.Index), given.Count(rank, table.Index));

    /// <summary>Sends the rows asked for, as they now are, and gets those that the batch has.</summary>
    public void Fetch()
    {
        if (!set.HasShared) return;
        set.Pool.For(set.Shared.Count, 1, this, static (self, first, last) =>
        {
            for (var t = first; t < last; t++) self.Give(self.set.Shared[t]);
        });
        given.SendValues(asked, wire.Rows);
    }

    /// <summary>Copies a shared table's fetched rows to where the pass has them.</summary>
    public void Fill(EmbeddingTable table, Tensor vectors)
    {
        var offset = offsets[table.Index].Pointer;
        for (var u = 0; u < vectors.Rows; u++) Copy(asked.ValuesAt(offset[u]), vectors.Row(u), table.Dim);
    }

    /// <summary>All ranks' gradients for the rows that this one updates: positions in its tables, each once, with the sum over ranks, in their order.</summary>
    /// <param name="own">This rank's; the same tables on every rank.</param>
    public IReadOnlyList<TableLookup> Merge(IReadOnlyList<TableLookup> own)
    {
        lookups.Clear();
        for (var i = 0; i < own.Count; i++)
        {
            if (own[i].Vectors.HasGradient) lookups.Add(own[i]);
        }

        if (lookups.Count == 0) return lookups;
        sent.Clear();
        foreach (var lookup in lookups) CountGradients(lookup);
        sent.SendCounts(received);
        foreach (var lookup in lookups)
        {
            if (feedback.Length > 0) feedback[lookup.Table].Apply(lookup);
            PlaceGradients(lookup);
        }

        sent.SendRows(received);
        sent.SendValues(received, wire.Gradients);
        set.Pool.For(lookups.Count, 1, this, static (self, first, last) =>
        {
            for (var i = first; i < last; i++) self.merged[self.lookups[i].Table].Sum(self.received, self.ranks.Count);
        });
        for (var i = 0; i < lookups.Count; i++) lookups[i] = merged[lookups[i].Table].Lookup;
        return lookups;
    }

    public void Dispose()
    {
        foreach (var traffic in (ReadOnlySpan<RowTraffic>)[asked, given, sent, received]) traffic.Dispose();
        foreach (var offset in offsets) offset.Dispose();
        foreach (var table in merged) table.Dispose();
        foreach (var table in feedback) table.Dispose();
    }

    private static void Copy(Real* source, Real* target, long count) => Buffer.MemoryCopy(source, target, count * sizeof(Real), count * sizeof(Real));

    private void Give(EmbeddingTable table)
    {
        for (var rank = 0; rank < ranks.Count; rank++)
        {
            var rows = AskedFor(table, rank);
            var target = given.Values(rank, table.Index);
            for (var i = 0; i < rows.Length; i++, target += table.Dim)
            {
                if (i + Gather.Ahead < rows.Length) table.Prefetch(rows[i + Gather.Ahead]);
                Copy(table.Row(rows[i]), target, table.Dim);
            }
        }
    }

    private void CountGradients(in TableLookup lookup)
    {
        if (set.Tables[lookup.Table].Share is not { } share)
        {
            for (var rank = 0; rank < ranks.Count; rank++) sent.Count(rank, lookup.Table) = lookup.Vectors.Rows;
            return;
        }

        for (var u = 0; u < lookup.Vectors.Rows; u++) sent.Count(share.OwnerOf(lookup.Rows[u]), lookup.Table)++;
    }

    private void PlaceGradients(in TableLookup lookup)
    {
        var vectors = lookup.Vectors;
        if (set.Tables[lookup.Table].Share is not { } share)
        {
            for (var rank = 0; rank < ranks.Count; rank++)
            {
                new ReadOnlySpan<long>(lookup.Rows, vectors.Rows).CopyTo(new Span<long>(sent.Rows(rank, lookup.Table), vectors.Rows));
                Copy(vectors.Gradient, sent.Values(rank, lookup.Table), vectors.Length);
            }

            return;
        }

        for (var u = 0; u < vectors.Rows; u++)
        {
            var offset = sent.Add(share.OwnerOf(lookup.Rows[u]), lookup.Table, share.PositionOf(lookup.Rows[u]));
            Copy(vectors.GradientRow(u), sent.ValuesAt(offset), vectors.Columns);
        }
    }
}

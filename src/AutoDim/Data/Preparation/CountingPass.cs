using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Shows each encoder the training values of its field: one field after the other on each core, so that few tables of counts are in memory at a time. Several ranks
/// divide the fields as their cores do, and then tell each other what their counts came to.
/// </summary>
internal sealed class CountingPass
{
    private readonly CellFile cells;
    private readonly Schema schema;
    private readonly FieldEncoder[] encoders;
    private readonly CancellationToken cancellation;
    private readonly Ranks ranks;
    private readonly int[] own; // the fields that this rank counts
    private readonly ulong[][] findings; // of those
    private ValueCounts[] counts = []; // of each worker
    private Action<double>? progress;
    private int finished;

    public CountingPass(CellFile cells, Schema schema, FieldEncoder[] encoders, Ranks ranks, CancellationToken cancellation)
    {
        this.cells = cells;
        this.schema = schema;
        this.encoders = encoders;
        this.ranks = ranks;
        this.cancellation = cancellation;
        own = [.. Enumerable.Range(0, encoders.Length).Where(m => m % ranks.Count == ranks.Rank)];
        findings = new ulong[own.Length][];
    }

    /// <param name="progress">Told the share that is done, on the caller's thread.</param>
    public void Run(WorkerPool pool, Action<double> progress)
    {
        this.progress = progress;
        counts = [.. Enumerable.Range(0, pool.ThreadCount).Select(_ => new ValueCounts())];
        pool.For(own.Length, 1, this, static (pass, first, last, worker) =>
        {
            for (var i = first; i < last; i++) pass.Count(i, worker);
        });
        if (ranks.AreSeveral) Exchange();
        progress(1);
    }

    private void Exchange()
    {
        var present = ranks.Each([.. own.Select(m => encoders[m].Present)]);
        for (var m = 0; m < encoders.Length; m++)
        {
            var (rank, i) = (m % ranks.Count, m / ranks.Count);
            var told = ranks.Each(rank == ranks.Rank ? findings[i] : [])[rank];
            if (rank != ranks.Rank) encoders[m].FinishAs(told, present[rank][i]);
        }
    }

    private void Count(int ownField, int worker)
    {
        var field = own[ownField];
        var (encoder, values) = (encoders[field], counts[worker]);
        var (column, splits) = (new CellColumn(schema.Fields[field].Kind == FieldKind.Multi), new byte[RecordChunk.Capacity]);
        var training = new ulong[RecordChunk.Capacity];
        for (var i = 0; i < cells.Chunks; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            cells.ReadSplits(i, splits);
            cells.ReadField(i, field, column);
            if (column.Values.Length > training.Length) training = new ulong[2 * column.Values.Length];
            var length = column.CopySplit(0, splits.AsSpan(0, cells.RowsOf(i)), training);
            encoder.Count(training.AsSpan(0, length), values);
        }

        var found = encoder.Finish(values);
        findings[ownField] = ranks.AreSeveral ? found : [];
        var done = Interlocked.Increment(ref finished);
        if (worker == 0) progress!((double)done / own.Length);
    }
}

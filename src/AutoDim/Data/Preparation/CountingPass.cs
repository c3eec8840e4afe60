using AutoDim.Numerics;

namespace AutoDim.Data.Preparation;

/// <summary>Shows each encoder the training values of its field: one field after the other on each core, so that few tables of counts are in memory at a time.</summary>
internal sealed class CountingPass
{
    private readonly CellFile cells;
    private readonly Schema schema;
    private readonly FieldEncoder[] encoders;
    private readonly CancellationToken cancellation;
    private ValueCounts[] counts = []; // of each worker
    private Action<double>? progress;
    private int finished;

    public CountingPass(CellFile cells, Schema schema, FieldEncoder[] encoders, CancellationToken cancellation)
    {
        this.cells = cells;
        this.schema = schema;
        this.encoders = encoders;
        this.cancellation = cancellation;
        Span<byte> splits = new byte[RecordChunk.Capacity];
        for (var i = 0; i < cells.Chunks; i++)
        {
            cells.ReadSplits(i, splits);
            TrainRows += splits[..cells.RowsOf(i)].Count((byte)0);
        }
    }

    public long TrainRows { get; }

    /// <param name="progress">Told the share that is done, on the caller's thread.</param>
    public void Run(WorkerPool pool, Action<double> progress)
    {
        this.progress = progress;
        counts = [.. Enumerable.Range(0, pool.ThreadCount).Select(_ => new ValueCounts())];
        pool.For(encoders.Length, 1, this, static (pass, first, last, worker) =>
        {
            for (var m = first; m < last; m++) pass.Count(m, worker);
        });
        progress(1);
    }

    private void Count(int field, int worker)
    {
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

        encoder.Finish(values);
        var done = Interlocked.Increment(ref finished);
        if (worker == 0) progress!((double)done / encoders.Length);
    }
}

using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace AutoDim.Data;

/// <summary>
/// A prepared split: Arrow IPC files, memory-mapped. All record batches but the last hold <see cref="BatchRows"/> rows, so that
/// a sample is found by a shift; nothing is copied but the rows asked for.
/// </summary>
internal sealed unsafe class ArrowSplit : DataSplit
{
    public const int BatchShift = 16;
    public const int BatchRows = 1 << BatchShift;

    private readonly List<MappedFile> files = [];
    private readonly List<Block> blocks = [];
    private readonly IReadOnlyList<Field> fields;

    /// <param name="paths">The files, in order.</param>
    public ArrowSplit(IEnumerable<string> paths, IReadOnlyList<Field> fields)
    {
        this.fields = fields;
        foreach (var path in paths) Open(path);
    }

    private sealed record Block(nint Labels, nint[] Rows, nint[] Offsets);

    public override long RowCount => rowCount;

    private long rowCount;

    public override void Read(ReadOnlySpan<long> samples, Batch batch)
    {
        batch.Size = samples.Length;
        for (var i = 0; i < samples.Length; i++) batch.Labels[i] = ((byte*)blocks[(int)(samples[i] >> BatchShift)].Labels)[samples[i] & (BatchRows - 1)];
        for (var m = 0; m < fields.Count; m++)
        {
            var column = batch.Columns[m];
            if (fields[m].MultiValued) ReadValues(samples, m, column);
            else ReadValue(samples, m, column);
        }
    }

    public override void ReadLabels(Span<float> labels)
    {
        for (var i = 0; i < labels.Length; i++) labels[i] = ((byte*)blocks[i >> BatchShift].Labels)[i & (BatchRows - 1)];
    }

    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable file in files) file.Dispose();
        base.Dispose(disposing);
    }

    private void ReadValue(ReadOnlySpan<long> samples, int m, BatchColumn column)
    {
        var target = column.Rows.Pointer;
        switch (RowWidth.Of(fields[m].Rows))
        {
            case 1:
                for (var i = 0; i < samples.Length; i++) target[i] = ((byte*)Start(samples[i], m))[samples[i] & (BatchRows - 1)];
                break;
            case 2:
                for (var i = 0; i < samples.Length; i++) target[i] = ((ushort*)Start(samples[i], m))[samples[i] & (BatchRows - 1)];
                break;
            case 4:
                for (var i = 0; i < samples.Length; i++) target[i] = ((int*)Start(samples[i], m))[samples[i] & (BatchRows - 1)];
                break;
            default:
                for (var i = 0; i < samples.Length; i++) target[i] = ((long*)Start(samples[i], m))[samples[i] & (BatchRows - 1)];
                break;
        }

        column.Count = samples.Length;
    }

    private nint Start(long sample, int m) => blocks[(int)(sample >> BatchShift)].Rows[m];

    private void ReadValues(ReadOnlySpan<long> samples, int m, BatchColumn column)
    {
        var width = RowWidth.Of(fields[m].Rows);
        column.Count = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var block = blocks[(int)(samples[i] >> BatchShift)];
            var offsets = (int*)block.Offsets[m] + (samples[i] & (BatchRows - 1));
            column.Offsets![i] = column.Count;
            column.Reserve(column.Count + offsets[1] - offsets[0]);
            for (var v = offsets[0]; v < offsets[1]; v++)
            {
                column.Rows[column.Count++] = width switch
                {
                    1 => ((byte*)block.Rows[m])[v],
                    2 => ((ushort*)block.Rows[m])[v],
                    4 => ((int*)block.Rows[m])[v],
                    _ => ((long*)block.Rows[m])[v],
                };
            }
        }

        column.Offsets![samples.Length] = column.Count;
    }

    /// <summary>An Arrow file is a stream of batches between two marks; read as a stream, its buffers stay where they are.</summary>
    private void Open(string path)
    {
        var file = new MappedFile(path);
        files.Add(file);
        try
        {
            using var reader = new ArrowStreamReader(file.Memory[8..]);
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                if (rowCount % BatchRows != 0) throw new AutoDimException($"'{path}' holds a record batch that is not full before its last; prepare the data again");
                Add(file, batch, path);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException or IndexOutOfRangeException or EndOfStreamException)
        {
            throw new AutoDimException($"'{path}' is not a whole Arrow file: {exception.Message}; prepare the data again", exception);
        }
    }

    private void Add(MappedFile file, RecordBatch batch, string path)
    {
        if (batch.ColumnCount != fields.Count + 1) throw new AutoDimException($"'{path}' has {batch.ColumnCount} columns, expected {fields.Count + 1}; prepare the data again");
        var (rows, offsets) = (new nint[fields.Count], new nint[fields.Count]);
        for (var m = 0; m < fields.Count; m++)
        {
            var column = batch.Column(m + 1).Data;
            if (fields[m].MultiValued)
            {
                offsets[m] = (nint)file.AddressOf(column.Buffers[1].Span);
                column = column.Children[0];
            }

            rows[m] = (nint)file.AddressOf(column.Buffers[1].Span);
        }

        blocks.Add(new Block((nint)file.AddressOf(batch.Column(0).Data.Buffers[1].Span), rows, offsets));
        rowCount += batch.Length;
    }
}

using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>
/// A prepared split: Arrow IPC files, memory-mapped. All record batches but the last hold <see cref="BatchRows"/> rows, so that
/// a sample is found by a shift; nothing is copied but the rows asked for. What is read is checked against the fields' ranges,
/// so that a damaged file is an error and never a look beyond a table.
/// </summary>
internal sealed unsafe class ArrowSplit : DataSplit
{
    public const int BatchShift = 16;
    public const int BatchRows = 1 << BatchShift;

    /// <summary>Batches that are fetched at a time where samples are read in order.</summary>
    private const int FetchedBatches = 4;

    private readonly List<MappedFile> files = [];
    private readonly List<Block> blocks = [];
    private readonly Field[] columns;
    private long rowCount;

    /// <param name="paths">The files, in order.</param>
    /// <param name="rows">Rows they must hold together.</param>
    /// <exception cref="AutoDimException">A file cannot be read, is damaged, or does not hold these fields and rows.</exception>
    public ArrowSplit(IEnumerable<string> paths, IReadOnlyList<Field> fields, long rows)
    {
        columns = Field.Columns(fields);
        try
        {
            foreach (var path in paths) Open(path);
            if (rowCount != rows) throw new AutoDimException($"'{string.Join("', '", files.Select(file => file.Path))}' hold {rowCount} rows, expected {rows}; prepare the data again");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A record batch, of which every column is known to lie within the file.</summary>
    private sealed record Block(string Path, nint Labels, nint[] Rows, nint[] Offsets, int[] Values);

    public override long RowCount => rowCount;

    public override void Read(ReadOnlySpan<long> samples, Batch batch)
    {
        batch.Size = samples.Length;
        if (samples.Length > 1 && samples[0] >= 0 && samples[^1] < rowCount && samples[^1] - samples[0] == samples.Length - 1 && samples[0] / samples.Length % FetchedBatches == 0) Fetch(samples[0], Math.Min(FetchedBatches * samples.Length, rowCount - samples[0]));
        for (var i = 0; i < samples.Length; i++)
        {
            if ((ulong)samples[i] >= (ulong)rowCount) throw new ArgumentOutOfRangeException(nameof(samples), samples[i], $"the split has {rowCount} rows");
            var label = ((byte*)BlockOf(samples[i]).Labels)[samples[i] & (BatchRows - 1)];
            if (label > 1) throw Damaged(samples, "label");
            batch.Labels[i] = label;
        }

        for (var m = 0; m < batch.Columns.Length; m++)
        {
            var column = batch.Columns[m];
            if (columns[m].MultiValued) ReadValues(samples, m, column);
            else ReadValue(samples, m, column);
            // As unsigned numbers, so that a negative row is too large as well.
            if (column.Count > 0 && TensorPrimitives.Max(MemoryMarshal.Cast<long, ulong>(column.Rows.AsSpan(0, column.Count))) >= (ulong)columns[m].Rows) throw Damaged(samples, columns[m].Name);
        }
    }

    public override void ReadLabels(Span<float> labels)
    {
        foreach (var block in blocks) MemoryAdvice.WillNeed((byte*)block.Labels, BatchRows);
        for (var i = 0; i < labels.Length; i++) labels[i] = ((byte*)BlockOf(i).Labels)[i & (BatchRows - 1)];
    }

    internal override void Fetch(long first, long count)
    {
        for (var sample = first; sample < first + count; sample = (sample | (BatchRows - 1)) + 1)
        {
            var (block, offset) = (BlockOf(sample), sample & (BatchRows - 1));
            var rows = Math.Min(BatchRows - offset, first + count - sample);
            MemoryAdvice.WillNeed((byte*)block.Labels + offset, rows);
            for (var m = 0; m < columns.Length; m++)
            {
                var width = RowWidth.Of(columns[m].Rows);
                if (!columns[m].MultiValued)
                {
                    MemoryAdvice.WillNeed((byte*)block.Rows[m] + (offset * width), rows * width);
                    continue;
                }

                // Where their values lie is not known before the offsets are there: about as far into the block.
                MemoryAdvice.WillNeed((int*)block.Offsets[m] + offset, rows * sizeof(int));
                MemoryAdvice.WillNeed((byte*)block.Rows[m] + (block.Values[m] * offset / BatchRows * width), block.Values[m] * rows / BatchRows * width);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        foreach (IDisposable file in files) file.Dispose();
        base.Dispose(disposing);
    }

    private Block BlockOf(long sample) => blocks[(int)(sample >> BatchShift)];

    private void ReadValue(ReadOnlySpan<long> samples, int m, BatchColumn column)
    {
        var target = column.Rows.Pointer;
        switch (RowWidth.Of(columns[m].Rows))
        {
            case 1:
                for (var i = 0; i < samples.Length; i++) target[i] = ((byte*)BlockOf(samples[i]).Rows[m])[samples[i] & (BatchRows - 1)];
                break;
            case 2:
                for (var i = 0; i < samples.Length; i++) target[i] = ((ushort*)BlockOf(samples[i]).Rows[m])[samples[i] & (BatchRows - 1)];
                break;
            case 4:
                for (var i = 0; i < samples.Length; i++) target[i] = ((int*)BlockOf(samples[i]).Rows[m])[samples[i] & (BatchRows - 1)];
                break;
            default:
                for (var i = 0; i < samples.Length; i++) target[i] = ((long*)BlockOf(samples[i]).Rows[m])[samples[i] & (BatchRows - 1)];
                break;
        }

        column.Count = samples.Length;
    }

    private void ReadValues(ReadOnlySpan<long> samples, int m, BatchColumn column)
    {
        var width = RowWidth.Of(columns[m].Rows);
        column.Count = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var block = BlockOf(samples[i]);
            var offsets = (int*)block.Offsets[m] + (samples[i] & (BatchRows - 1));
            var (first, last) = (offsets[0], offsets[1]);
            if (first < 0 || last < first || last > block.Values[m]) throw Damaged(samples, columns[m].Name);
            column.Offsets![i] = column.Count;
            column.Reserve(column.Count + last - first);
            for (var v = first; v < last; v++)
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

    private AutoDimException Damaged(ReadOnlySpan<long> samples, string column)
    {
        var paths = new HashSet<string>();
        foreach (var sample in samples) paths.Add(BlockOf(sample).Path);
        return new AutoDimException($"column '{column}' of '{string.Join("' or '", paths)}' is damaged: a value is out of its range; prepare the data again");
    }

    /// <summary>An Arrow file is a stream of batches between two marks; read as a stream, its buffers stay where they are.</summary>
    private void Open(string path)
    {
        var file = new MappedFile(path);
        files.Add(file);
        MemoryAdvice.UseAtRandom(file.Start, (nuint)file.Length); // what is needed is asked for
        try
        {
            ArrowSizes.Check(file.GetSpan()[8..]);
            using var reader = new ArrowStreamReader(file.Memory[8..]);
            while (reader.ReadNextRecordBatch() is { } batch)
            {
                if (rowCount % BatchRows != 0) throw new AutoDimException($"'{path}' holds a record batch that is not full before its last; prepare the data again");
                Add(file, batch);
            }
        }
        catch (Exception exception) when (exception is not AutoDimException and not OutOfMemoryException)
        {
            // The Arrow reader meets damage with whatever exception the damage leads to.
            throw new AutoDimException($"'{path}' is not a whole Arrow file: {Reason.Of(exception)}; prepare the data again", exception);
        }
    }

    private void Add(MappedFile file, RecordBatch batch)
    {
        if (batch.Length > BatchRows) throw new InvalidDataException($"a record batch has {batch.Length} rows, expected at most {BatchRows}");
        if (batch.ColumnCount != columns.Length + 1) throw new InvalidDataException($"it has {batch.ColumnCount} columns, expected {columns.Length + 1}");
        var (rows, offsets, values) = (new nint[columns.Length], new nint[columns.Length], new int[columns.Length]);
        for (var m = 0; m < columns.Length; m++)
        {
            var column = batch.Column(m + 1).Data;
            values[m] = batch.Length;
            if (columns[m].MultiValued)
            {
                offsets[m] = AddressOf(file, column, batch.Length + 1, new ListType(UInt8Type.Default));
                column = column.Children[0];
                values[m] = column.Length;
            }

            rows[m] = AddressOf(file, column, values[m], RowWidth.ArrowType(RowWidth.Of(columns[m].Rows)));
        }

        var labels = AddressOf(file, batch.Column(0).Data, batch.Length, UInt8Type.Default);
        blocks.Add(new Block(file.Path, labels, rows, offsets, values));
        rowCount += batch.Length;
    }

    /// <summary>Where a column's integers begin, of which there must be this many.</summary>
    private static nint AddressOf(MappedFile file, ArrayData column, int length, IArrowType type)
    {
        var buffer = column.Buffers[1].Span;
        var width = type is FixedWidthType integers ? integers.BitWidth / 8 : sizeof(int);
        if (column.DataType.TypeId != type.TypeId || column.Offset != 0 || column.NullCount != 0 || buffer.Length < (long)length * width)
        {
            throw new InvalidDataException($"a column of {column.Length} {column.DataType.Name} is none of {length} {type.Name}");
        }

        return (nint)file.AddressOf(buffer);
    }
}

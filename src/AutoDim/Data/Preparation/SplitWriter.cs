using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using ArrowField = Apache.Arrow.Field;
using ArrowSchema = Apache.Arrow.Schema;

namespace AutoDim.Data.Preparation;

/// <summary>Writes a split as Arrow IPC files of less than a gigabyte: label, then the fields' rows.</summary>
internal sealed class SplitWriter : IDisposable
{
    private const long LargestFile = 900_000_000;

    private readonly string folder;
    private readonly string name;
    private readonly ArrowSchema schema;
    private readonly ColumnBuffer[] columns;
    private readonly List<string> files = [];
    private FileStream? stream;
    private ArrowFileWriter? writer;

    public SplitWriter(string folder, string name, IReadOnlyList<Field> fields)
    {
        this.folder = folder;
        this.name = name;
        columns = [new ColumnBuffer(1, false), .. fields.Select(field => new ColumnBuffer(RowWidth.Of(field.Rows), field.MultiValued))];
        schema = new ArrowSchema(
            [new ArrowField("label", UInt8Type.Default, false), .. fields.Select((field, m) => new ArrowField(field.Name, columns[m + 1].Type, false))], null);
    }

    /// <summary>Names of the files, within the folder.</summary>
    public IReadOnlyList<string> Files => files;

    public long Rows { get; private set; }

    public long Positives { get; private set; }

    /// <summary>Adds labels; the fields' values are added to <see cref="Column"/> by whoever encodes them.</summary>
    public void AddLabel(float label)
    {
        columns[0].AddRow((long)label);
        Rows++;
        Positives += (long)label;
    }

    /// <summary>A field's values on their way to the file. Different fields may be filled at the same time.</summary>
    public ColumnBuffer Column(int field) => columns[field + 1];

    /// <summary>Writes full record batches.</summary>
    public void WriteFull()
    {
        while (columns[0].RowCount >= ArrowSplit.BatchRows) WriteBatch(ArrowSplit.BatchRows);
    }

    /// <summary>Writes what is left and closes.</summary>
    public void Finish()
    {
        if (columns[0].RowCount > 0) WriteBatch(columns[0].RowCount);
        CloseFile();
    }

    public void Dispose()
    {
        writer?.Dispose();
        stream?.Dispose();
    }

    private void WriteBatch(int rows)
    {
        if (writer == null)
        {
            files.Add($"{name}-{files.Count:D5}.arrow");
            stream = new FileStream(Path.Combine(folder, files[^1]), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            writer = new ArrowFileWriter(stream, schema, leaveOpen: true);
            writer.WriteStart();
        }

        writer.WriteRecordBatch(new RecordBatch(schema, columns.Select(column => column.ToArrow(rows)), rows));
        foreach (var column in columns) column.RemoveRows(rows);
        if (stream!.Position > LargestFile) CloseFile();
    }

    private void CloseFile()
    {
        if (writer == null) return;
        writer.WriteEnd();
        writer.Dispose();
        stream!.Flush(flushToDisk: true);
        stream.Dispose();
        (writer, stream) = (null, null);
    }

    /// <summary>Rows of a column as packed integers.</summary>
    internal sealed class ColumnBuffer(int width, bool multiValued)
    {
        private byte[] data = new byte[width * (ArrowSplit.BatchRows + RecordChunk.Capacity)];
        private int values;
        private readonly List<int> starts = [0];

        public IArrowType Type => multiValued ? new ListType(RowWidth.ArrowType(width)) : RowWidth.ArrowType(width);

        public int RowCount => multiValued ? starts.Count - 1 : values;

        /// <summary>Adds a row of one value.</summary>
        public void AddRow(long value)
        {
            AddValue(value);
            EndRow();
        }

        public void AddValue(long value)
        {
            if ((values + 1) * width > data.Length) System.Array.Resize(ref data, 2 * data.Length);
            MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in value))[..width].CopyTo(data.AsSpan(values++ * width)); // little-endian, as Arrow is
        }

        public void EndRow()
        {
            if (multiValued) starts.Add(values);
        }

        public IArrowArray ToArrow(int rows)
        {
            var count = multiValued ? starts[rows] : rows;
            var items = new ArrayData(RowWidth.ArrowType(width), count, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(data.AsMemory(0, count * width))]);
            if (!multiValued) return ArrowArrayFactory.BuildArray(items);
            var offsets = new ArrowBuffer(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(starts)[..(rows + 1)]).ToArray());
            return ArrowArrayFactory.BuildArray(new ArrayData(Type, rows, 0, 0, [ArrowBuffer.Empty, offsets], [items]));
        }

        public void RemoveRows(int rows)
        {
            var count = multiValued ? starts[rows] : rows;
            data.AsSpan(count * width, (values - count) * width).CopyTo(data);
            values -= count;
            if (!multiValued) return;
            starts.RemoveRange(0, rows);
            for (var i = 0; i < starts.Count; i++) starts[i] -= count;
        }
    }
}

using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using ArrowField = Apache.Arrow.Field;
using ArrowSchema = Apache.Arrow.Schema;

namespace AutoDim.Data.Preparation;

/// <summary>Writes a split as Arrow IPC files of less than a gigabyte: label, then the fields' and sequences' rows.</summary>
internal sealed class SplitWriter : IDisposable
{
    private const long FlushBytes = 32 << 20;

    private readonly string folder;
    private readonly string name;
    private readonly long fileBytes;
    private readonly ArrowSchema schema;
    private readonly ColumnBuffer[] columns;
    private readonly List<string> files = [];
    private FileStream? stream;
    private ArrowFileWriter? writer;
    private Task flushing = Task.CompletedTask;
    private long flushed, rowCount, positives;

    /// <param name="fileBytes">Size from which a file is closed and the next one begun.</param>
    public SplitWriter(string folder, string name, IReadOnlyList<Field> fields, long fileBytes = 900_000_000)
    {
        this.folder = folder;
        this.name = name;
        this.fileBytes = fileBytes;
        var stored = Field.Columns(fields);
        columns = [new ColumnBuffer(1, false), .. stored.Select(column => new ColumnBuffer(RowWidth.Of(column.Rows), column.MultiValued))];
        schema = new ArrowSchema(
            [new ArrowField("label", UInt8Type.Default, false), .. stored.Select((column, c) => new ArrowField(column.Name, columns[c + 1].Type, false))], null);
    }

    /// <summary>Adds a label; the fields' values are added to <see cref="Column"/> by whoever encodes them.</summary>
    public void AddLabel(float label)
    {
        columns[0].AddValue((long)label);
        rowCount++;
        positives += (long)label;
    }

    /// <summary>The values of one of <see cref="Field.Columns"/> on their way to the file. Different columns may be filled at the same time.</summary>
    public ColumnBuffer Column(int column) => columns[column + 1];

    /// <summary>Writes full record batches.</summary>
    public void WriteFull()
    {
        while (columns[0].RowCount >= ArrowSplit.BatchRows) WriteBatch(ArrowSplit.BatchRows);
    }

    /// <summary>Writes what is left, and closes.</summary>
    public void Close()
    {
        WriteFull();
        if (columns[0].RowCount > 0) WriteBatch(columns[0].RowCount);
        CloseFile();
    }

    /// <summary>Files written.</summary>
    public int FileCount => files.Count;

    /// <summary>Adds the rows that another writer has written, which follow whole record batches here; its files go.</summary>
    /// <param name="other">Its name.</param>
    /// <param name="count">How many files it has written.</param>
    public void Append(string other, int count)
    {
        WriteFull();
        for (var i = 0; i < count; i++)
        {
            var path = Path.Combine(folder, FileName(other, i));
            using (var source = File.OpenRead(path))
            using (var reader = new ArrowFileReader(source))
            {
                while (reader.ReadNextRecordBatch() is { } batch)
                {
                    using var owned = batch;
                    rowCount += batch.Length;
                    foreach (var label in ((UInt8Array)batch.Column(0)).Values) positives += label;
                    Write(new RecordBatch(schema, batch.Arrays, batch.Length));
                }
            }

            File.Delete(path);
        }
    }

    /// <summary>Writes what is left, closes, and tells what was written.</summary>
    /// <exception cref="AutoDimException">There is nothing to learn or judge by in this split: no row, or labels of one class.</exception>
    public SplitFiles Finish()
    {
        if (rowCount == 0) throw new AutoDimException($"the {name} split has no rows; give it files or a larger share");
        if (positives == 0 || positives == rowCount)
        {
            throw new AutoDimException($"all {rowCount} labels of the {name} split are {(positives == 0 ? 0 : 1)}; both classes are needed: check label in the schema, or the split");
        }

        Close();
        return new SplitFiles(name, rowCount, positives, [.. files.Select(file => DataFile.Of(folder, file))]);
    }

    public void Dispose()
    {
        Task.WhenAny(flushing).Wait(); // the file is not to be closed under it
        writer?.Dispose();
        stream?.Dispose();
    }

    private static string FileName(string name, int number) => $"{name}-{number:D5}.arrow";

    private void WriteBatch(int rows)
    {
        Write(new RecordBatch(schema, columns.Select(column => column.ToArrow(rows)), rows));
        foreach (var column in columns) column.RemoveRows(rows);
    }

    private void Write(RecordBatch batch)
    {
        if (writer == null)
        {
            files.Add(FileName(name, files.Count));
            stream = new FileStream(Path.Combine(folder, files[^1]), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
            writer = new ArrowFileWriter(stream, schema, leaveOpen: true);
            writer.WriteStart();
        }

        writer.WriteRecordBatch(batch);
        FlushBehind();
        if (stream!.Position > fileBytes) CloseFile();
    }

    /// <summary>Lets the disk write while rows are encoded, so that little is left to wait for at the end.</summary>
    private void FlushBehind()
    {
        if (!flushing.IsCompleted || stream!.Position - flushed < FlushBytes) return;
        flushing.GetAwaiter().GetResult(); // the disk tells of a failure only once
        (var file, flushed) = (stream.SafeFileHandle, stream.Position);
        flushing = Task.Run(() => RandomAccess.FlushToDisk(file));
    }

    private void CloseFile()
    {
        if (writer == null) return;
        flushing.GetAwaiter().GetResult();
        writer.WriteEnd();
        writer.Dispose();
        stream!.Flush(flushToDisk: true);
        stream.Dispose();
        (writer, stream, flushed) = (null, null, 0);
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using AutoDim.Numerics;
using Microsoft.Win32.SafeHandles;

namespace AutoDim.Data.Preparation;

/// <summary>
/// All rows of a log as chunks of cells in a temporary file, column by column, so that text is read once, and fields are counted and
/// encoded apart. One thread writes, then any number read. Where several ranks read the log, each has such a file of its part, in a folder that all see, and after
/// <see cref="Join"/> sees the rows of all. The files go when this is disposed.
/// </summary>
internal sealed class CellFile : IDisposable
{
    // Places of a chunk's parts: these, then of each field, list and log of behaviour its values and what stands with them.
    private const int Labels = 0, Splits = 1, Times = 2, Columns = 3;

    private readonly string folder;
    private readonly Ranks ranks;
    private readonly bool keepsTimes;
    private readonly int parts; // of a chunk
    private readonly SafeFileHandle[] files; // of each rank; before all are joined, of this one
    private readonly List<Place[]> chunks = [];
    private readonly List<Place> places = []; // of the chunk being written
    private byte[] buffer = [];
    private int used;
    private long length;

    /// <param name="keepsTimes">Whether times by which rows are split are kept too.</param>
    public CellFile(string folder, Schema schema, bool keepsTimes, Ranks ranks)
    {
        (this.folder, this.keepsTimes, this.ranks) = (folder, keepsTimes, ranks);
        parts = Columns + (2 * (schema.Fields.Count + schema.Sequences.Count));
        files = new SafeFileHandle[ranks.Count];
        files[ranks.Rank] = File.OpenHandle(PathOf(ranks.Rank), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Where a part stands: in which rank's file, and where in it.</summary>
    private readonly record struct Place(int Rank, long Offset, int Bytes, PackedCells Packing);

    public int Chunks => chunks.Count;

    public long Rows { get; private set; }

    public int RowsOf(int chunk) => chunks[chunk][Splits].Bytes;

    /// <summary>Whether this rank wrote a chunk.</summary>
    public bool IsOwn(int chunk) => chunks[chunk][Splits].Rank == ranks.Rank;

    /// <summary>Lets every rank see what all have written, in their order. The first time chunks become those of all; whenever a rank has changed something, it is to be called again.</summary>
    public void Join()
    {
        if (!ranks.AreSeveral) return;
        if (files.Contains(null))
        {
            Place[][] all = ranks.Each([.. chunks.SelectMany(chunk => chunk)]);
            chunks.Clear();
            chunks.AddRange(all.SelectMany(places => places.Chunk(parts)));
            Rows = Enumerable.Range(0, Chunks).Sum(chunk => (long)RowsOf(chunk));
        }

        // A file system of several machines shows what was written once it was closed, to who opens it after that.
        Close();
        ranks.Wait();
        for (var rank = 0; rank < files.Length; rank++) files[rank] = File.OpenHandle(PathOf(rank), FileMode.Open, rank == ranks.Rank ? FileAccess.ReadWrite : FileAccess.Read, FileShare.ReadWrite);
        ranks.Wait();
    }

    public void Append(RecordChunk chunk)
    {
        places.Clear();
        used = 0;
        Put(MemoryMarshal.AsBytes(chunk.Labels.AsSpan(0, chunk.Count)));
        Put(chunk.Splits.AsSpan(0, chunk.Count));
        Put(keepsTimes ? MemoryMarshal.AsBytes(chunk.SplitKeys.AsSpan(0, chunk.Count)) : []);
        foreach (var column in chunk.Columns) Put(column);
        for (var s = 0; s < chunk.Lists.Length; s++)
        {
            if (chunk.Lists[s] is { } list) Put(list);
            if (chunk.Keys[s] is not { } keys) continue;
            Put(keys.Owners.AsSpan(0, chunk.Count));
            Put(MemoryMarshal.AsBytes(keys.Times.AsSpan(0, chunk.Count)));
        }

        RandomAccess.Write(files[ranks.Rank], buffer.AsSpan(0, used), length);
        length += used;
        chunks.Add([.. places]);
        Rows += chunk.Count;
    }

    public void ReadSplits(int chunk, Span<byte> splits) => Read(chunks[chunk][Splits], splits);

    /// <summary>Decides the splits that the rows of a chunk of this rank's are in.</summary>
    public void WriteSplits(int chunk, ReadOnlySpan<byte> splits) => RandomAccess.Write(files[ranks.Rank], splits, chunks[chunk][Splits].Offset);

    public void ReadTimes(int chunk, Span<double> times) => Read(chunks[chunk][Times], MemoryMarshal.AsBytes(times));

    /// <summary>Reads how many rows a chunk has, their labels and splits.</summary>
    public void ReadRows(int chunk, RecordChunk target)
    {
        target.Resize(RowsOf(chunk));
        Read(chunks[chunk][Labels], MemoryMarshal.AsBytes(target.Labels.AsSpan()));
        ReadSplits(chunk, target.Splits);
    }

    public void ReadField(int chunk, int field, CellColumn column) => Read(chunk, Columns + (2 * field), column);

    /// <summary>Reads a list, or what is known of behaviour.</summary>
    public void ReadSequence(int chunk, int sequence, RecordChunk target)
    {
        var first = Columns + (2 * (target.Columns.Length + sequence));
        if (target.Lists[sequence] is { } list) Read(chunk, first, list);
        if (target.Keys[sequence] is not { } keys) return;
        Read(chunks[chunk][first], keys.Owners.AsSpan(0, RowsOf(chunk)));
        Read(chunks[chunk][first + 1], MemoryMarshal.AsBytes(keys.Times.AsSpan()));
    }

    public void Dispose()
    {
        Close();
        AtomicFile.TryDelete(PathOf(ranks.Rank));
    }

    private string PathOf(int rank) => Path.Combine(folder, $"cells-{rank}.tmp");

    private void Close()
    {
        foreach (var file in files) file?.Dispose();
    }

    private void Put(CellColumn column)
    {
        Put(column.Values);
        Put(column.MultiValued ? MemoryMarshal.AsBytes(column.Starts) : []);
    }

    private void Put(ReadOnlySpan<ulong> cells)
    {
        var packing = PackedCells.For(cells);
        packing.Pack(cells, Reserve(cells.Length * packing.Width, packing));
    }

    private void Put(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length, default));

    private Span<byte> Reserve(int bytes, PackedCells packing)
    {
        if (used + bytes > buffer.Length) Array.Resize(ref buffer, Math.Max(2 * buffer.Length, used + bytes));
        places.Add(new Place(ranks.Rank, length + used, bytes, packing));
        used += bytes;
        return buffer.AsSpan(used - bytes, bytes);
    }

    private void Read(int chunk, int part, CellColumn column)
    {
        var (values, starts) = (chunks[chunk][part], chunks[chunk][part + 1]);
        column.Resize(RowsOf(chunk), values.Bytes / values.Packing.Width);
        Read(values, column.MutableValues);
        if (column.MultiValued) Read(starts, MemoryMarshal.AsBytes(column.MutableStarts));
    }

    private void Read(Place place, Span<ulong> cells)
    {
        if (place.Packing.Width == sizeof(ulong))
        {
            Read(place, MemoryMarshal.AsBytes(cells));
            return;
        }

        var packed = ArrayPool<byte>.Shared.Rent(place.Bytes);
        Read(place, packed);
        place.Packing.Unpack(packed.AsSpan(0, place.Bytes), cells);
        ArrayPool<byte>.Shared.Return(packed);
    }

    private void Read(Place place, Span<byte> bytes)
    {
        bytes = bytes[..place.Bytes];
        for (int read = 0, more; read < bytes.Length; read += more)
        {
            more = RandomAccess.Read(files[place.Rank], bytes[read..], place.Offset + read);
            if (more == 0) throw new IOException($"'{PathOf(place.Rank)}' was cut while it was in use");
        }
    }
}

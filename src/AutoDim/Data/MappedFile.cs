using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace AutoDim.Data;

/// <summary>A file in memory without reading it: the operating system brings in the pages that are touched.</summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;
    private readonly long length;

    /// <param name="path">A file of 1 byte or more.</param>
    /// <param name="mostBytes">More than 2 GB only for who reads by <see cref="Start"/>: a span ends there.</param>
    /// <exception cref="AutoDimException">It is empty, too large or cannot be read.</exception>
    public MappedFile(string path, long mostBytes = int.MaxValue)
    {
        Path = path;
        try
        {
            length = new FileInfo(path).Length;
            if (length > mostBytes) throw new IOException($"it has {length} bytes, more than {mostBytes}");
            file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new AutoDimException($"cannot map '{path}': {Reason.Of(exception)}", exception);
        }
    }

    public string Path { get; }

    public byte* Start => start;

    public long Length => length;

    public override Span<byte> GetSpan() => new(start, checked((int)length));

    public override MemoryHandle Pin(int elementIndex = 0) => new(start + elementIndex);

    public override void Unpin()
    {
    }

    /// <summary>The address of memory that must lie within the file.</summary>
    public byte* AddressOf(ReadOnlySpan<byte> part)
    {
        fixed (byte* address = part)
        {
            return address == null || (address >= start && address + part.Length <= start + length)
                ? address
                : throw new InvalidOperationException("a column was copied out of its mapped file");
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}

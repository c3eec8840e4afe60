using System.IO.MemoryMappedFiles;

namespace AutoDim.Numerics;

/// <summary>
/// Memory that lies in a file without a name: the system reads a page of it when it is touched and writes it back when memory is wanted for another, so that it may be larger than
/// the machine's memory. Zeroed at first; gone with its owner or the process, whatever ends it.
/// </summary>
internal sealed unsafe class FileMemory : IDisposable
{
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    /// <param name="folder">Where the file is; made where it is not there.</param>
    /// <exception cref="AutoDimException">It cannot be written, or its disk has not as much room.</exception>
    public FileMemory(string folder, long bytes)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"tables-{Guid.NewGuid():N}.tmp");

            // Room is taken at once: a page that no longer finds any when it is written ends the process.
            var stream = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                PreallocationSize = bytes,
                Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
            });
            if (!OperatingSystem.IsWindows()) File.Delete(path);
            stream.SetLength(bytes);
            file = MemoryMappedFile.CreateFromFile(stream, null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            view = file.CreateViewAccessor(0, bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new AutoDimException($"cannot take {bytes:N0} bytes in the folder '{folder}' for tables: {Reason.Of(exception)}; give another one, or leave --tables-in out", exception);
        }

        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Pointer = (nint)pointer;
        MemoryAdvice.UseAtRandom(pointer, (nuint)bytes);
    }

    public nint Pointer { get; }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }
}

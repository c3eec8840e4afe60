using System.Text.RegularExpressions;

namespace AutoDim.Data;

/// <summary>Files that are whole or absent: written beside their name, flushed to disk, then renamed.</summary>
internal static partial class AtomicFile
{
    /// <summary>Told of each point of each write of this flow of control, for tests that look at what a kill there would leave.</summary>
    internal static readonly AsyncLocal<Action<WritePoint>?> Watcher = new();

    /// <summary>Writes a file; a failure leaves the former version and no temporary file.</summary>
    /// <exception cref="AutoDimException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = Temporary(path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                Watcher.Value?.Invoke(WritePoint.Opened);
                write(stream);
                Watcher.Value?.Invoke(WritePoint.Written);
                stream.Flush(flushToDisk: true);
            }

            Watcher.Value?.Invoke(WritePoint.Flushed);
            File.Move(temporary, path, overwrite: true);
            Watcher.Value?.Invoke(WritePoint.Renamed);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw new AutoDimException($"cannot write '{path}': {exception.Message}; check that the folder is writable and the disk has room", exception);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Writes text in UTF-8.</summary>
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    /// <summary>A name beside a file's, for what is to become the file: <see cref="RemoveLeftovers"/> knows it where this process is killed.</summary>
    public static string Temporary(string path) => $"{path}.{Environment.ProcessId}.tmp";

    /// <summary>
    /// Removes what processes that were killed left half written in a folder and below. Nobody else may write there meanwhile: that is what its
    /// lock is for, and folders below that have a lock of their own are left alone.
    /// </summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", Plain).ToArray())
        {
            if (!IsTemporary().IsMatch(entry.Name))
            {
                if (entry is DirectoryInfo && !File.Exists(Path.Combine(entry.FullName, FolderLock.Name))) RemoveLeftovers(entry.FullName);
            }
            else if (entry is DirectoryInfo directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    private static EnumerationOptions Plain => new() { AttributesToSkip = FileAttributes.ReparsePoint };

    [GeneratedRegex(@"\.\d+\.tmp$")]
    private static partial Regex IsTemporary();

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The folder that refused the file refuses this too; the first error is the one to tell.
        }
    }
}

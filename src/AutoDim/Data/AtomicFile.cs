using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>
/// Files that are whole or absent: written beside their name, flushed to disk, then renamed. Where several processes do the same work in one
/// folder, the first of them writes and the others wait: before, so that nobody still reads what was there, and after, so that all find the file.
/// </summary>
internal static class AtomicFile
{
    private static readonly AsyncLocal<Ranks?> Current = new();

    /// <summary>The processes that come to the same writes in the same order, to this flow of control: in tests ranks are threads.</summary>
    public static Ranks Ranks
    {
        get => Current.Value ?? Ranks.One;
        set => Current.Value = value;
    }

    private const string TemporaryEnding = ".autodim-tmp"; // no other program's

    /// <summary>Folders between a run's and the deepest file that it writes, as in search/search/checkpoint.</summary>
    private const int DeepestFolder = 3;

    private static readonly EnumerationOptions NoLinks = new() { AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Told of each point of each write of this flow of control, for tests that look at what a kill there would leave.</summary>
    internal static readonly AsyncLocal<Action<WritePoint>?> Watcher = new();

    /// <summary>Writes a file; a failure leaves the former version and no temporary file.</summary>
    /// <exception cref="AutoDimException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        Ranks.Wait();
        if (Ranks.IsFirst) WriteOwn(path, write);
        else write(Stream.Null); // what ranks share of the content, they tell the first
        Ranks.Wait();
    }

    /// <summary>Does in a folder what one process alone must do; the others wait until it is done.</summary>
    public static void Once(Action change)
    {
        Ranks.Wait();
        if (Ranks.IsFirst) change();
        Ranks.Wait();
    }

    /// <summary>Writes text in UTF-8.</summary>
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    /// <summary>Writes a file that is this process's alone, whatever the others do.</summary>
    /// <exception cref="AutoDimException">The folder cannot be written or the disk is full.</exception>
    public static void WriteOwn(string path, Action<Stream> write)
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
            throw new AutoDimException($"cannot write '{path}': {Reason.Of(exception)}; check that the folder is writable and the disk has room", exception);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>A name beside a file's, for what is to become the file: <see cref="RemoveLeftovers"/> knows it where this process is killed.</summary>
    public static string Temporary(string path) => $"{path}.{Environment.ProcessId}{TemporaryEnding}";

    /// <summary>
    /// Removes what processes that were killed left half written in a folder and as far below as ours are deep. Nobody else may write there
    /// meanwhile: that is what its lock is for, and folders below that have a lock of their own are left alone.
    /// </summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var place in FoldersOf(folder))
        {
            foreach (var entry in place.EnumerateFileSystemInfos($"*{TemporaryEnding}", NoLinks).ToArray())
            {
                if (entry is DirectoryInfo directory) directory.Delete(recursive: true);
                else entry.Delete();
            }
        }
    }

    /// <summary>A folder and those below it, as far as ours are deep, that have no lock of their own.</summary>
    public static IEnumerable<DirectoryInfo> FoldersOf(string folder) => FoldersOf(new DirectoryInfo(folder), DeepestFolder);

    private static IEnumerable<DirectoryInfo> FoldersOf(DirectoryInfo folder, int depth)
    {
        yield return folder;
        if (depth == 0) yield break;
        foreach (var below in folder.EnumerateDirectories("*", NoLinks))
        {
            if (File.Exists(Path.Combine(below.FullName, FolderLock.Name))) continue;
            foreach (var place in FoldersOf(below, depth - 1)) yield return place;
        }
    }

    /// <summary>Removes a file where that can be.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What refused the file before refuses this too; the first error is the one to tell.
        }
    }
}

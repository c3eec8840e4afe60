using AutoDim.Numerics;

namespace AutoDim.Data;

/// <summary>
/// Files that are whole or absent: written beside their name, flushed to disk, then renamed. Where several processes do the same work in one
/// folder, the first of them writes and the others wait: before, so that nobody still reads what was there, and after, so that all find the file.
/// </summary>
internal static class AtomicFile
{
    /// <summary>The processes that come to the same writes in the same order.</summary>
    public static Ranks Ranks { get; set; } = Ranks.One;

    /// <summary>Writes a file; a failure leaves the former version and no temporary file.</summary>
    /// <exception cref="AutoDimException">The folder cannot be written or the disk is full.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        Ranks.Wait();
        if (Ranks.IsFirst) WriteHere(path, write);
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

    private static void WriteHere(string path, Action<Stream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
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

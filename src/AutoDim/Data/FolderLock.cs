using System.Diagnostics;
using System.Globalization;

namespace AutoDim.Data;

/// <summary>
/// Lets one process at a time work in a folder. The operating system holds the lock for as long as the file is open, and lets go of it when the
/// process ends, however it ends: a kill or a power cut leaves a file that nobody holds, and the next process takes it over.
/// Whoever holds the lock removes what a killed process left half written in the folder.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    public const string Name = ".lock";

    /// <summary>Beside the lock, which nobody else can read: process and time of who holds it.</summary>
    public const string HolderName = ".lock-holder";

    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly string folder;
    private readonly bool vanishes;
    private readonly FileStream held;

    /// <summary>Takes the lock, or waits for it as <see cref="LockWait.Current"/> says.</summary>
    /// <param name="folder">A folder that exists.</param>
    /// <exception cref="AutoDimException">Another process holds it.</exception>
    /// <exception cref="OperationCanceledException">The waiting was cancelled.</exception>
    /// <exception cref="IOException">The lock cannot be written, likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public FolderLock(string folder)
        : this(folder, OperatingSystem.IsWindows())
    {
    }

    /// <param name="vanishes">Whether the system removes the file as it is closed. Windows does, and there nobody can remove a file that another has open; elsewhere its holder does.</param>
    internal FolderLock(string folder, bool vanishes)
    {
        (this.folder, this.vanishes) = (folder, vanishes);
        held = TryTake() ?? Wait(LockWait.Current.Value);
        try
        {
            TellWhoHolds();
            AtomicFile.RemoveLeftovers(folder);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        AtomicFile.TryDelete(Path.Combine(folder, HolderName));
        if (!vanishes) AtomicFile.TryDelete(Path.Combine(folder, Name));
        held.Dispose();
    }

    /// <summary>Null where another process holds it.</summary>
    private FileStream? TryTake()
    {
        var path = Path.Combine(folder, Name);
        try
        {
            while (true)
            {
                var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, vanishes ? FileOptions.DeleteOnClose : FileOptions.None);
                if (vanishes || IsAt(path, file)) return file;
                file.Dispose();
            }
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            return null;
        }
    }

    private FileStream Wait(LockWait? wait)
    {
        if (wait is not { Longest: var longest } || longest == TimeSpan.Zero) throw new AutoDimException($"{Holder()} works in '{folder}'; wait for it (--wait 10m), or choose another --out");
        wait.Notice($"{Holder()} works in '{folder}'; waiting for it, at most {longest}");
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < longest)
        {
            if (wait.Cancellation.WaitHandle.WaitOne(Pause)) throw new OperationCanceledException(wait.Cancellation);
            if (TryTake() is { } taken) return taken;
        }

        throw new AutoDimException($"{Holder()} still works in '{folder}' after {longest}; wait longer, or choose another --out");
    }

    /// <summary>Who works in the folder, as far as it is told.</summary>
    private string Holder()
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, HolderName)) is { Length: > 0 } holder ? $"another autodim (process {holder})" : "another autodim";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "another autodim";
        }
    }

    private void TellWhoHolds()
    {
        try
        {
            File.WriteAllText(Path.Combine(folder, HolderName), $"{Environment.ProcessId} since {DateTime.Now.ToString(TimeFormat, CultureInfo.InvariantCulture)}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Who waits is told less.
        }
    }

    /// <summary>
    /// Whether a file that was opened, and then locked, still has its name: in between its holder may have removed it, and a third process made
    /// another of that name. No two have the same time, which needs no lock to read.
    /// </summary>
    private static bool IsAt(string path, FileStream file)
    {
        File.SetLastWriteTimeUtc(file.SafeFileHandle, DateTime.UtcNow);
        return File.GetLastWriteTimeUtc(path) == File.GetLastWriteTimeUtc(file.SafeFileHandle);
    }

    /// <summary>EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows; none of them is anything else's on another that opening a file could meet.</summary>
    internal static bool IsHeld(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}

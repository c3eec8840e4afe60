namespace AutoDim.Data;

/// <summary>
/// Lets one process at a time work in a folder. The operating system holds the lock for as long as the file is open, and lets go of it when the
/// process ends, however it ends: a kill or a power cut leaves a file that nobody holds, and the next process takes it over.
/// Whoever holds the lock removes what a killed process left half written in the folder.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    public const string Name = ".lock";

    private readonly FileStream held;

    /// <param name="folder">A folder that exists.</param>
    /// <exception cref="AutoDimException">Another process holds it.</exception>
    /// <exception cref="IOException">The lock cannot be written, likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public FolderLock(string folder)
    {
        try
        {
            held = new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (IsHeld(exception))
        {
            throw new AutoDimException($"another autodim works in '{folder}'; wait for it, or choose another --out", exception);
        }

        try
        {
            AtomicFile.RemoveLeftovers(folder);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Dispose() => held.Dispose();

    /// <summary>ERROR_SHARING_VIOLATION on Windows, EWOULDBLOCK on Linux and on macOS.</summary>
    private static bool IsHeld(IOException exception) => exception.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);
}

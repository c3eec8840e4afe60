using AutoDim.Data;

namespace AutoDim.Training;

/// <summary>The files of a run.</summary>
internal sealed class RunFolder : IDisposable
{
    private readonly FolderLock? held;
    private readonly bool isNew;

    /// <param name="isLocked">Whether no other process may work in the folder meanwhile.</param>
    public RunFolder(string path, bool isLocked = false)
    {
        Path = path;
        try
        {
            isNew = !Directory.Exists(path);
            Directory.CreateDirectory(path);
            if (!isLocked || !AtomicFile.Ranks.IsFirst) return;
            held = new FolderLock(path);
            RemoveStrays();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot make the folder '{path}': {Reason.Of(exception)}; choose another with --out", exception);
        }
    }

    public string Path { get; }

    /// <summary>A checkpoint of a stage.</summary>
    public Checkpoint Checkpoint(string stage) => new(System.IO.Path.Combine(Path, "checkpoint", $"{stage}.safetensors"));

    /// <summary>Lets others work in the folder; one that was made for nothing goes.</summary>
    public void Dispose()
    {
        held?.Dispose();
        if (held != null && isNew && Directory.Exists(Path) && !Directory.EnumerateFileSystemEntries(Path).Any()) Directory.Delete(Path);
    }

    private void RemoveStrays()
    {
        try
        {
            Training.Checkpoint.RemoveStrays(Path);
        }
        catch
        {
            held!.Dispose();
            throw;
        }
    }

    /// <summary>A file of the run.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A folder within the run's.</summary>
    public RunFolder Sub(string name) => new(System.IO.Path.Combine(Path, name));
}

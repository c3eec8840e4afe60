namespace AutoDim.Data.Preparation;

/// <summary>
/// A new version of a data folder's files. It is written to a sub-folder of its own and holds once data.json names it: the
/// former version stands until then, whatever happens, and goes only afterwards. Of several ranks the first one makes it, and the others write into it too.
/// </summary>
internal sealed class FolderVersion : IDisposable
{
    private const string Prefix = "prepared-";
    private const string Unfinished = ".tmp";

    private readonly string folder;
    private readonly bool isNewFolder;
    private readonly FolderLock? held;
    private bool committed;

    /// <param name="folder">The data folder, made where it does not exist.</param>
    /// <exception cref="AutoDimException">Another process prepares data there.</exception>
    public FolderVersion(string folder)
    {
        this.folder = folder;
        isNewFolder = !Directory.Exists(folder);
        Name = "";
        if (AtomicFile.Ranks.IsFirst)
        {
            Directory.CreateDirectory(folder);
            held = new FolderLock(folder);
            Name = NewFolder();
        }

        Name = AtomicFile.Ranks.Broadcast(Name);
        Path = System.IO.Path.Combine(folder, Name + Unfinished);
    }

    /// <summary>The sub-folder's name once it is in force.</summary>
    public string Name { get; }

    /// <summary>Where the files of this version are written.</summary>
    public string Path { get; }

    /// <summary>Puts this version in force; returns the manifest, which names it.</summary>
    public DataManifest Commit(DataManifest manifest)
    {
        var replaces = File.Exists(System.IO.Path.Combine(folder, DataManifest.Name));
        var final = System.IO.Path.Combine(folder, Name);
        AtomicFile.Once(() => Directory.Move(Path, final));
        try
        {
            manifest.Save(folder);
            committed = true;
        }
        finally
        {
            if (!committed && IsMaker) TryDelete(final);
        }

        foreach (var former in replaces && IsMaker ? Versions() : [])
        {
            if (System.IO.Path.GetFileName(former) != Name) TryDelete(former);
        }

        return manifest;
    }

    /// <summary>Whether this process made it, and removes what is not put in force.</summary>
    private bool IsMaker => held != null;

    /// <summary>Makes the folder of the first number that is free, once what a run left that was killed is gone.</summary>
    private string NewFolder()
    {
        foreach (var left in Directory.GetDirectories(folder, $"{Prefix}*{Unfinished}").Concat(Nameless())) Directory.Delete(left, recursive: true);
        var number = 1;
        while (Directory.Exists(System.IO.Path.Combine(folder, Prefix + number))) number++;
        Directory.CreateDirectory(System.IO.Path.Combine(folder, Prefix + number + Unfinished));
        return Prefix + number;
    }

    private IEnumerable<string> Versions() => Directory.GetDirectories(folder, $"{Prefix}*").Where(path => int.TryParse(System.IO.Path.GetFileName(path)[Prefix.Length..], out _));

    /// <summary>Versions of a run that was killed just before data.json would have named the first one; a data folder of such a name has a data.json of its own.</summary>
    private IEnumerable<string> Nameless() => File.Exists(System.IO.Path.Combine(folder, DataManifest.Name)) ? []
        : Versions().Where(path => File.Exists(System.IO.Path.Combine(path, VocabularyFile.Name)) && !File.Exists(System.IO.Path.Combine(path, DataManifest.Name)));

    /// <summary>Removes what was not put in force.</summary>
    public void Dispose()
    {
        if (held == null) return;
        if (!committed) TryDelete(Path);
        held.Dispose();
        if (committed) return;
        if (isNewFolder && !Directory.EnumerateFileSystemEntries(folder).Any()) TryDelete(folder);
    }

    private static void TryDelete(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Left behind: nothing names it, and what went wrong before is the error to tell.
        }
    }
}

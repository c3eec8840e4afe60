namespace AutoDim.Data;

/// <summary>Files that a manifest names: they lie in the manifest's own folder, so that a folder from elsewhere leads nowhere else.</summary>
internal static class FolderFile
{
    private const int MostLinks = 16;

    /// <summary>Whether a name is that of a file or folder within one, and no way out of it.</summary>
    public static bool IsPlain(string? name) => name is { Length: > 0 } and not ("." or "..") && name.AsSpan().IndexOfAny("/\\:\0") < 0;

    /// <summary>Throws unless a name is plain and, where it is a symbolic link or lies behind one, the link ends within the folder.</summary>
    /// <param name="manifest">The file that names it, for errors.</param>
    /// <exception cref="AutoDimException">It leads out of the folder.</exception>
    public static void Check(string folder, string? name, string manifest)
    {
        if (!IsPlain(name)) throw new AutoDimException($"'{manifest}' names the file '{name}', which is no plain name in its folder; it is not used. Get the folder again from who made it");
        if (!EndsWithin(Path.GetFullPath(folder), Path.GetFullPath(Path.Combine(folder, name!)), MostLinks)) throw new AutoDimException($"'{Path.Combine(folder, name!)}' is a link that leads out of its folder; copy the file itself there");
    }

    private static bool EndsWithin(string folder, string path, int links)
    {
        var within = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        if (links == 0 || !path.StartsWith(within, StringComparison.Ordinal)) return false;
        for (var end = within.Length; end <= path.Length; end++)
        {
            if (end < path.Length && path[end] != Path.DirectorySeparatorChar) continue;
            var part = path[..end];
            if (new FileInfo(part).LinkTarget is { } target) return EndsWithin(folder, Path.GetFullPath(Path.Combine(Path.GetDirectoryName(part)!, target + path[end..])), links - 1);
        }

        return true;
    }
}

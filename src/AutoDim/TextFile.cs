namespace AutoDim;

/// <summary>Text files of users, read whole.</summary>
internal static class TextFile
{
    /// <param name="what">What errors call the file, before its name; null: nothing.</param>
    /// <exception cref="AutoDimException">It cannot be read.</exception>
    public static string Read(string path, string? what = null)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read {(what == null ? "" : $"{what} ")}'{path}': {Reason.Of(exception)}", exception);
        }
    }
}

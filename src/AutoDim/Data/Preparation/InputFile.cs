namespace AutoDim.Data.Preparation;

/// <summary>Files to read, plain or gzip.</summary>
internal static class InputFile
{
    /// <summary>Resolves paths and globs (in the file name), in order; throws where one matches nothing.</summary>
    public static IReadOnlyList<string> Expand(IEnumerable<string> paths)
    {
        List<string> files = [];
        foreach (var path in paths)
        {
            if (File.Exists(path))
            {
                files.Add(path);
                continue;
            }

            if (!path.Contains('*', StringComparison.Ordinal) && !path.Contains('?', StringComparison.Ordinal))
            {
                throw new AutoDimException(Directory.Exists(path) ? $"'{path}' is a folder; name its files, such as '{Path.Combine(path, "*.csv")}'" : $"there is no file '{path}'");
            }

            var folder = Path.GetDirectoryName(path) is { Length: > 0 } given ? given : ".";
            var matches = Directory.Exists(folder) ? Directory.GetFiles(folder, Path.GetFileName(path)) : [];
            if (matches.Length == 0) throw new AutoDimException($"no file matches '{path}'");
            files.AddRange(matches.Order(StringComparer.Ordinal));
        }

        return files;
    }

    /// <summary>The file's name without a .gz ending.</summary>
    public static string PlainName(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;

    /// <summary>The text of a file. A gzip file that ends early is an error at its end.</summary>
    /// <param name="progress">Told where in the file reading has come to.</param>
    /// <param name="range">Of a plain file, what is read of it.</param>
    /// <exception cref="AutoDimException">Here or while reading: the file cannot be read, is empty, damaged or cut.</exception>
    public static Stream Open(string path, Action<long>? progress = null, TextRange range = default)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            var isGzip = IsGzip(file);
            if (file.Position == 0)
            {
                file.Dispose();
                throw new AutoDimException($"'{path}' is empty");
            }

            file.Position = range.Start;
            return isGzip ? new GzipText(path, file, progress) : new PlainText(path, file, range.End ?? long.MaxValue, progress);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}", exception);
        }
    }

    /// <summary>Whether a file's content is gzip.</summary>
    public static bool IsGzip(string path)
    {
        using var file = File.OpenRead(path);
        return IsGzip(file);
    }

    private static bool IsGzip(FileStream file) => file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;

    private sealed class PlainText(string path, FileStream file, long end, Action<long>? progress) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            try
            {
                var read = file.Read(buffer[..(int)Math.Min(buffer.Length, end - file.Position)]);
                progress?.Invoke(file.Position);
                return read;
            }
            catch (IOException exception)
            {
                throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}", exception);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}

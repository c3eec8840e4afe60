using System.IO.Compression;

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
            if (!path.Contains('*', StringComparison.Ordinal) && !path.Contains('?', StringComparison.Ordinal))
            {
                if (!File.Exists(path)) throw new AutoDimException($"there is no file '{path}'");
                files.Add(path);
                continue;
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
    /// <param name="progress">Told the bytes of the file read so far.</param>
    public static Stream Open(string path, Action<long>? progress = null)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            if (file.Length == 0)
            {
                file.Dispose();
                throw new AutoDimException($"'{path}' is empty");
            }

            var isGzip = file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
            file.Position = 0;
            return isGzip ? new GzipText(path, file, progress) : new PlainText(file, progress);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {exception.Message}", exception);
        }
    }

    private abstract class ReadOnlyStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class PlainText(FileStream file, Action<long>? progress) : ReadOnlyStream
    {
        public override int Read(Span<byte> buffer)
        {
            var read = file.Read(buffer);
            progress?.Invoke(file.Position);
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>.NET's GZipStream ends quietly where a file is cut; the length that gzip writes at the end tells.</summary>
    private sealed class GzipText(string path, FileStream file, Action<long>? progress) : ReadOnlyStream
    {
        private readonly GZipStream text = new(file, CompressionMode.Decompress);
        private long total;

        public override int Read(Span<byte> buffer)
        {
            int read;
            try
            {
                read = text.Read(buffer);
            }
            catch (InvalidDataException exception)
            {
                throw new AutoDimException($"'{path}' is damaged after {total} bytes of text: {exception.Message}", exception);
            }

            total += read;
            progress?.Invoke(file.Position);
            if (read == 0 && buffer.Length > 0 && !EndsWhole()) throw new AutoDimException($"'{path}' is a truncated gzip file: it ends after {total} bytes of text; copy it again");
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) text.Dispose();
            base.Dispose(disposing);
        }

        private bool EndsWhole()
        {
            var bytes = new FileInfo(path).Length;
            if (bytes < 18) return false;
            using var raw = File.OpenRead(path);
            if (LengthAtEnd(raw) == (uint)total) return true;
            return LastMemberIsWhole(raw);
        }

        private static uint LengthAtEnd(FileStream raw)
        {
            Span<byte> length = stackalloc byte[4];
            raw.Seek(-4, SeekOrigin.End);
            raw.ReadExactly(length);
            return BitConverter.ToUInt32(length);
        }

        /// <summary>Files joined with cat have several members, each with a length of its own; the last must be whole.</summary>
        private static bool LastMemberIsWhole(FileStream raw)
        {
            var expected = LengthAtEnd(raw);
            raw.Position = 1;
            var window = new byte[3];
            long last = -1;
            using var buffered = new BufferedStream(raw, 1 << 20);
            for (var position = 1L; position < raw.Length - 18; position++)
            {
                (window[0], window[1], window[2]) = (window[1], window[2], (byte)buffered.ReadByte());
                if (window[0] == 0x1f && window[1] == 0x8b && window[2] == 8) last = position - 2;
            }

            if (last < 0) return false;
            raw.Position = last;
            using var member = new GZipStream(raw, CompressionMode.Decompress, leaveOpen: true);
            var buffer = new byte[1 << 16];
            long length = 0;
            try
            {
                for (int read; (read = member.Read(buffer)) > 0;) length += read;
            }
            catch (InvalidDataException)
            {
                return false;
            }

            return (uint)length == expected;
        }
    }
}

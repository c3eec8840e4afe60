using System.IO.Compression;

namespace AutoDim.Data.Preparation;

/// <summary>
/// The text of a gzip file of one or more members. .NET's GZipStream ends quietly where a file is cut, so a member of known text
/// is served after the file's last byte: it comes out at the end only where every member before it is whole.
/// </summary>
internal sealed class GzipText : ReadOnlyStream
{
    private static readonly byte[] Seal = "\0the file before this is whole\0"u8.ToArray();
    private static readonly byte[] SealMember = Compressed(Seal);

    private readonly string path;
    private readonly SealedFile source;
    private readonly GZipStream text;
    private bool finished;

    public GzipText(string path, FileStream file, Action<long>? progress)
    {
        this.path = path;
        source = new SealedFile(file, progress);
        text = new GZipStream(source, CompressionMode.Decompress);
    }

    /// <summary>GZipStream takes new input only where the former has given all it can, so nothing of the file comes out after the seal went in.</summary>
    public override int Read(Span<byte> buffer)
    {
        if (finished || buffer.IsEmpty) return 0;
        var read = Decode(buffer);
        if (read > 0 && !source.SealGiven) return read;
        CheckSeal(buffer[..read]);
        finished = true;
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) text.Dispose();
        base.Dispose(disposing);
    }

    /// <param name="begin">What came out of the seal already.</param>
    private void CheckSeal(ReadOnlySpan<byte> begin)
    {
        var seal = new byte[Seal.Length + 1];
        if (begin.Length > Seal.Length) throw Cut(null);
        begin.CopyTo(seal);
        var length = begin.Length;
        for (int read; length < seal.Length && (read = Decode(seal.AsSpan(length))) > 0;) length += read;
        if (!seal.AsSpan(0, length).SequenceEqual(Seal)) throw Cut(null);
    }

    private int Decode(Span<byte> buffer)
    {
        try
        {
            return text.Read(buffer);
        }
        catch (InvalidDataException exception)
        {
            throw source.SealGiven ? Cut(exception) : new AutoDimException($"'{path}' is damaged: {Reason.Of(exception)}; copy it again", exception);
        }
        catch (IOException exception)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}", exception);
        }
    }

    private AutoDimException Cut(Exception? cause)
        => new($"'{path}' is a truncated gzip file, or has other bytes after its end; copy it again", cause!);

    private static byte[] Compressed(byte[] bytes)
    {
        var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.NoCompression)) gzip.Write(bytes);
        return member.ToArray();
    }

    /// <summary>The file's bytes, then the seal.</summary>
    private sealed class SealedFile(FileStream file, Action<long>? progress) : ReadOnlyStream
    {
        private int sealBytes;

        public bool SealGiven => sealBytes > 0;

        public override int Read(Span<byte> buffer)
        {
            var read = SealGiven ? 0 : file.Read(buffer);
            progress?.Invoke(file.Position);
            if (read > 0) return read;
            var length = Math.Min(buffer.Length, SealMember.Length - sealBytes);
            SealMember.AsSpan(sealBytes, length).CopyTo(buffer);
            sealBytes += length;
            return length;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) file.Dispose();
            base.Dispose(disposing);
        }
    }
}

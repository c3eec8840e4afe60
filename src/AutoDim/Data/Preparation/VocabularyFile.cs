using System.IO.Hashing;
using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>The fields' encoders in one file: a mark with the format's version, the records, and an XxHash3 of all that.</summary>
internal static class VocabularyFile
{
    public const string Name = "vocabulary.bin";
    private const ulong Mark = 0x31424F56_4D494441; // "ADIMVOB1"
    private const int HashBytes = sizeof(ulong);

    public static void Save(string path, IReadOnlyList<FieldEncoder> encoders) => AtomicFile.Write(path, stream =>
    {
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Mark);
        writer.Write(encoders.Count);
        foreach (var encoder in encoders) encoder.Save(writer);
        writer.Flush();
        var length = stream.Position;
        stream.Position = 0;
        var hash = HashOf(stream, length);
        writer.Write(hash);
    });

    /// <exception cref="AutoDimException">The file cannot be read, is not a vocabulary, or is damaged.</exception>
    public static IReadOnlyList<FieldEncoder> Load(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            using var reader = new BinaryReader(stream, Encoding.UTF8);
            if (stream.Length < sizeof(ulong) + sizeof(int) + HashBytes || reader.ReadUInt64() != Mark) throw new AutoDimException($"'{path}' is not a vocabulary of this version; prepare the data again");
            stream.Position = 0;
            if (HashOf(stream, stream.Length - HashBytes) != reader.ReadUInt64()) throw new AutoDimException($"'{path}' is damaged: its checksum does not match; restore it or prepare the data again");
            stream.Position = sizeof(ulong);
            return [.. Enumerable.Range(0, Math.Max(0, reader.ReadInt32())).Select(_ => FieldEncoder.Load(reader))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or FormatException)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}; restore it or prepare the data again", exception);
        }
    }

    /// <summary>Hashes the next bytes of a stream.</summary>
    private static ulong HashOf(Stream stream, long length)
    {
        var hash = new XxHash3();
        var buffer = new byte[1 << 16];
        for (int read; length > 0; length -= read)
        {
            read = stream.Read(buffer.AsSpan(0, (int)Math.Min(length, buffer.Length)));
            if (read == 0) throw new EndOfStreamException("it ends early");
            hash.Append(buffer.AsSpan(0, read));
        }

        return hash.GetCurrentHashAsUInt64();
    }
}

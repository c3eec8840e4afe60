using System.IO.Hashing;
using System.Text;

namespace AutoDim.Data.Preparation;

/// <summary>The fields' encoders in one file: a mark, the format's version, the records, and an XxHash3 of all that.</summary>
internal static class VocabularyFile
{
    public const string Name = "vocabulary.bin";
    private const ulong Mark = 0x31424F56_4D494441; // "ADIMVOB1"

    public static void Save(string path, IReadOnlyList<FieldEncoder> encoders)
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content, Encoding.UTF8);
        writer.Write(Mark);
        writer.Write(encoders.Count);
        foreach (var encoder in encoders) encoder.Save(writer);
        writer.Flush();
        var bytes = content.GetBuffer().AsSpan(0, (int)content.Length).ToArray();
        AtomicFile.Write(path, stream =>
        {
            stream.Write(bytes);
            stream.Write(BitConverter.GetBytes(XxHash3.HashToUInt64(bytes)));
        });
    }

    public static IReadOnlyList<FieldEncoder> Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {exception.Message}", exception);
        }

        if (bytes.Length < 20 || BitConverter.ToUInt64(bytes) != Mark) throw new AutoDimException($"'{path}' is not a vocabulary of this version; prepare the data again");
        if (XxHash3.HashToUInt64(bytes.AsSpan(0, bytes.Length - 8)) != BitConverter.ToUInt64(bytes, bytes.Length - 8))
        {
            throw new AutoDimException($"'{path}' is damaged: its checksum does not match; restore it or prepare the data again");
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, 8, bytes.Length - 16), Encoding.UTF8);
        return [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => FieldEncoder.Load(reader))];
    }
}

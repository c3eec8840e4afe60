using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDim.Data;

namespace AutoDim.Training;

/// <summary>
/// A file of named arrays and a JSON head, in the layout of safetensors (https://github.com/huggingface/safetensors): eight bytes
/// of head length, the head, the arrays. Our head carries in its metadata the format version, what the state means, and a
/// checksum (XxHash3 over the head, its own digits taken as zeros, and the arrays). Models, checkpoints and snapshots are such
/// files; they are written atomically.
/// </summary>
internal static unsafe class TensorFile
{
    public const int FormatVersion = 1;

    private const string NoChecksum = "0000000000000000";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static string TypeOf(NamedArray array) => array.Type switch
    {
        NamedArray.ElementType.Number => sizeof(Real) == 8 ? "F64" : "F32",
        NamedArray.ElementType.Integer => "I32",
        _ => "U8",
    };

    /// <summary>Writes the arrays in their order.</summary>
    /// <param name="metadata">Text that goes with them.</param>
    public static void Write(string path, IReadOnlyList<NamedArray> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        var (head, _) = Head(arrays, metadata);
        AtomicFile.Write(path, stream => Write(stream, head, arrays));
    }

    /// <summary>Writes a file that is this process's alone, whatever the others do; returns the checksum.</summary>
    /// <param name="pathOf">The file's path by its checksum.</param>
    public static ulong WriteOwn(Func<ulong, string> pathOf, IReadOnlyList<NamedArray> arrays)
    {
        var (head, checksum) = Head(arrays, new Dictionary<string, string>());
        AtomicFile.WriteOwn(pathOf(checksum), stream => Write(stream, head, arrays));
        return checksum;
    }

    private static void Write(Stream stream, byte[] head, IReadOnlyList<NamedArray> arrays)
    {
        stream.Write(BitConverter.GetBytes((long)head.Length));
        stream.Write(head);
        foreach (var array in arrays) array.ForEachChunk(chunk => stream.Write(chunk));
    }

    /// <summary>A file's head, with the checksum in it.</summary>
    private static (byte[] Text, ulong Checksum) Head(IReadOnlyList<NamedArray> arrays, IReadOnlyDictionary<string, string> metadata)
    {
        var head = new JsonObject
        {
            ["__metadata__"] = new JsonObject(
            [
                new("autodim", FormatVersion.ToString()),
                new("checksum", NoChecksum),
                .. metadata.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)),
            ]),
        };
        var offset = 0L;
        foreach (var array in arrays)
        {
            head[array.Name] = new JsonObject
            {
                ["dtype"] = TypeOf(array),
                ["shape"] = new JsonArray(array.Rows, array.Columns),
                ["data_offsets"] = new JsonArray(offset, offset + array.Bytes),
            };
            offset += array.Bytes;
        }

        var text = Encoding.UTF8.GetBytes(head.ToJsonString());
        var hash = new XxHash3();
        hash.Append(text);
        foreach (var array in arrays) array.ForEachChunk(chunk => hash.Append(chunk));
        Encoding.UTF8.GetBytes(Text(hash), ChecksumWithin(text, NoChecksum));
        return (text, hash.GetCurrentHashAsUInt64());
    }

    /// <summary>Reads a file into arrays of the same names and shapes, and returns its metadata; nothing is changed where it is refused.</summary>
    /// <exception cref="AutoDimException">The file is missing, damaged, of another version or shape.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path, IReadOnlyList<NamedArray> arrays)
    {
        using var stream = Open(path);
        var (head, text) = ReadHead(path, stream);
        var metadata = Metadata(path, head);
        if (Checksum(stream, text, metadata) != metadata.GetValueOrDefault("checksum")) throw new AutoDimException($"'{path}' is damaged or truncated: its checksum does not match; restore it or train again");
        var start = 8L + text.Length;
        var ordered = arrays.OrderBy(array => Entry(path, head, array).Offset).ToArray();
        CheckLength(path, head, stream.Length, start, arrays);
        stream.Position = start;
        foreach (var array in ordered) array.ReadFrom(stream);
        return metadata;
    }

    /// <summary>Maps a file into memory and looks at its head, not at its arrays: its checksum is whose that asks for it.</summary>
    /// <exception cref="AutoDimException">The file is missing, has no such head or is of another version.</exception>
    public static MappedTensors Map(string path)
    {
        using var stream = Open(path);
        var (head, text) = ReadHead(path, stream);
        _ = Metadata(path, head);
        return new MappedTensors(path, head, sizeof(long) + text.Length);
    }

    /// <summary>Bytes before the arrays.</summary>
    public static long HeadBytes(string path)
    {
        using var stream = Open(path);
        return sizeof(long) + ReadHead(path, stream).Text.Length;
    }

    /// <summary>The metadata alone.</summary>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using var stream = Open(path);
        return Metadata(path, ReadHead(path, stream).Head);
    }

    /// <summary>The arrays' names and shapes.</summary>
    public static IReadOnlyDictionary<string, (long Rows, long Columns)> Shapes(string path)
    {
        using var stream = Open(path);
        return ReadHead(path, stream).Head.Where(entry => entry.Key != "__metadata__").ToDictionary(entry => entry.Key, entry => Pair(path, entry.Key, entry.Value as JsonObject, "shape"));
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {Reason.Of(exception)}", exception);
        }
    }

    private static (JsonObject Head, byte[] Text) ReadHead(string path, FileStream stream)
    {
        try
        {
            Span<byte> size = stackalloc byte[8];
            stream.ReadExactly(size);
            var length = BitConverter.ToInt64(size);
            if (length <= 0 || length > Math.Min(stream.Length - 8, 100_000_000)) throw new JsonException($"head length {length}");
            var text = new byte[length];
            stream.ReadExactly(text);
            var head = JsonNode.Parse(Strict.GetString(text)) as JsonObject ?? throw new JsonException("head is not an object");
            _ = head.Count + (head["__metadata__"] as JsonObject ?? throw new JsonException("head has no metadata")).Count; // names given twice are found here
            foreach (var value in head["__metadata__"]!.AsObject()) _ = value.Value?.ToString(); // texts that are none
            foreach (var entry in head) _ = (entry.Value as JsonObject)?["dtype"]?.ToString();
            return (head, text);
        }
        catch (Exception exception) when (exception is JsonException or EndOfStreamException or ArgumentException or InvalidOperationException)
        {
            throw new AutoDimException($"'{path}' is not a file of arrays: {Reason.Of(exception)}", exception);
        }
    }

    private static Dictionary<string, string> Metadata(string path, JsonObject head)
    {
        var metadata = head["__metadata__"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "");
        return metadata.GetValueOrDefault("autodim") == FormatVersion.ToString()
            ? metadata
            : throw new AutoDimException($"'{path}' has format version '{metadata.GetValueOrDefault("autodim")}', this program reads {FormatVersion}; use the version that wrote it");
    }

    internal static (long Offset, long Bytes) Entry(string path, JsonObject head, NamedArray array)
    {
        var entry = head[array.Name] as JsonObject ?? throw new AutoDimException($"'{path}' has no array '{array.Name}'; it belongs to another model");
        var (rows, columns) = Pair(path, array.Name, entry, "shape");
        if (rows != array.Rows || columns != array.Columns)
        {
            throw new AutoDimException($"'{array.Name}' in '{path}' is {rows} × {columns}, the model's is {array.Rows} × {array.Columns}; it belongs to another model");
        }

        if (entry["dtype"]?.ToString() != TypeOf(array)) throw new AutoDimException($"'{array.Name}' in '{path}' has type {entry["dtype"]}, the model's {TypeOf(array)}; it belongs to another model");
        return (Pair(path, array.Name, entry, "data_offsets").First, array.Bytes);
    }

    /// <param name="key">What is looked for in an array's entry.</param>
    private static (long First, long Second) Pair(string path, string name, JsonObject? entry, string key)
        => entry?[key] is JsonArray { Count: 2 } pair && pair[0] is JsonValue first && pair[1] is JsonValue second && first.TryGetValue<long>(out var a) && second.TryGetValue<long>(out var b)
            ? (a, b) : throw new AutoDimException($"'{path}' is damaged: '{name}' has no {key} of two whole numbers; restore it or train again");

    /// <summary>Throws unless a file holds these arrays and nothing else.</summary>
    internal static void CheckLength(string path, JsonObject head, long length, long start, IReadOnlyList<NamedArray> arrays)
    {
        var expected = start + arrays.Sum(array => array.Bytes);
        if (length != expected || head.Count - 1 != arrays.Count)
        {
            throw new AutoDimException($"'{path}' holds {head.Count - 1} arrays in {length} bytes, expected {arrays.Count} in {expected}; it belongs to another model");
        }
    }

    private static string Text(XxHash3 hash) => hash.GetCurrentHashAsUInt64().ToString("x16");

    /// <summary>The digits of a checksum within a head.</summary>
    private static Span<byte> ChecksumWithin(Span<byte> head, string checksum)
    {
        var mark = Encoding.UTF8.GetBytes($"\"checksum\":\"{checksum}\"");
        var found = head.IndexOf(mark);
        return found < 0 ? [] : head.Slice(found + mark.Length - 1 - checksum.Length, checksum.Length);
    }

    /// <summary>The checksum that the head and the rest of the file should carry.</summary>
    private static string Checksum(FileStream stream, byte[] head, Dictionary<string, string> metadata)
    {
        ChecksumWithin(head, metadata.GetValueOrDefault("checksum", NoChecksum)).Fill((byte)'0');
        var hash = new XxHash3();
        hash.Append(head);
        stream.Position = 8 + head.Length;
        hash.Append(stream);
        return Text(hash);
    }
}

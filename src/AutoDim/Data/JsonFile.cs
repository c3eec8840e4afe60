using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace AutoDim.Data;

/// <summary>
/// JSON files that programs go on from: written atomically, and ending with a checksum of everything before it, so that damage is found
/// wherever it is. A file without one, of an earlier version or written by hand, is taken as it stands.
/// </summary>
internal static class JsonFile
{
    private const string Property = "fileChecksum";
    private const string Opening = $",\n  \"{Property}\": \"";
    private const string Ending = "\"\n}";
    private const int Digits = 16;

    /// <param name="content">What is a JSON object with a property at least.</param>
    public static void Save<T>(string path, T content, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.Serialize(content, type).Replace("\r\n", "\n", StringComparison.Ordinal)[..^1].TrimEnd();
        AtomicFile.WriteText(path, body + Opening + Checksum(body) + Ending);
    }

    /// <summary>Reads a file, and refuses one that is not what was written.</summary>
    /// <exception cref="JsonException">It is damaged or no such JSON. To be told with what the user can do about it, as failures to read are.</exception>
    public static T Load<T>(string path, JsonTypeInfo<T> type) => Read(File.ReadAllText(path), type);

    /// <summary>The same of a file that tells its format's version, which is looked at before anything else.</summary>
    /// <param name="oldest">Least version that can be read.</param>
    /// <param name="newest">Likewise the last.</param>
    /// <param name="otherwise">What to do about a file of another version.</param>
    /// <exception cref="JsonException">It is damaged or no such JSON.</exception>
    /// <exception cref="AutoDimException">Its version is another.</exception>
    public static T Load<T>(string path, JsonTypeInfo<T> type, int oldest, int newest, string otherwise)
    {
        var text = File.ReadAllText(path);
        if (JsonNode.Parse(text) is JsonObject content && content["formatVersion"] is JsonValue value && value.TryGetValue<long>(out var version) && (version < oldest || version > newest))
        {
            throw new AutoDimException($"'{path}' has format version {version}, this program reads {(oldest < newest ? $"{oldest} to {newest}" : newest)}; it was written by {(version > newest ? "a later" : "an earlier")} version of autodim: {otherwise}");
        }

        return Read(text, type);
    }

    private static T Read<T>(string text, JsonTypeInfo<T> type)
    {
        Check(text.Replace("\r\n", "\n", StringComparison.Ordinal));
        return JsonSerializer.Deserialize(text, type) ?? throw new JsonException("it is empty");
    }

    private static void Check(string text)
    {
        var end = text.Length - Ending.Length - Digits;
        var start = end - Opening.Length;
        if (start < 0 || !text.EndsWith(Ending, StringComparison.Ordinal) || !text.AsSpan(start).StartsWith(Opening)) return;
        if (!text.AsSpan(end, Digits).SequenceEqual(Checksum(text[..start]))) throw new JsonException($"its checksum does not match: it is damaged, or was edited; if it was, take its last line, {Property}, out");
    }

    private static string Checksum(string body) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(body)).ToString("x16");
}

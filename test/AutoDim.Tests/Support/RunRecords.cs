using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AutoDim.Tests.Support;

/// <summary>Result files in tests.</summary>
internal static partial class RunRecords
{
    /// <summary>A file of ours without its checksum, as it is before somebody edits it.</summary>
    public static string Unsealed(string json) => Seal().Replace(json.ReplaceLineEndings("\n"), "\n}");

    [GeneratedRegex(",\n  \"fileChecksum\": \"[0-9a-f]{16}\"\n\\}$")]
    private static partial Regex Seal();

    /// <summary>A result without what differs between any two runs: times, speeds, memory, and a checksum over them.</summary>
    public static string Timeless(string json)
    {
        var root = JsonNode.Parse(json)!;
        Strip(root);
        return root.ToJsonString(new JsonSerializerOptions { WriteIndented = true });

        static void Strip(JsonNode? node)
        {
            if (node is JsonArray array)
            {
                foreach (var item in array) Strip(item);
            }
            else if (node is JsonObject item)
            {
                foreach (var key in item.Select(pair => pair.Key).Where(key => key is "seconds" or "searchSeconds" or "scoringMicroseconds" or "fileChecksum" || key.EndsWith("PerSecond", StringComparison.Ordinal) || key.EndsWith("eakRss", StringComparison.Ordinal)).ToArray()) item.Remove(key);
                foreach (var (_, value) in item) Strip(value);
            }
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDim.Tests.Support;

/// <summary>Result files in tests.</summary>
internal static class RunRecords
{
    /// <summary>A result without what differs between any two runs.</summary>
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
                foreach (var key in item.Select(pair => pair.Key).Where(key => key is "seconds" or "searchSeconds" or "scoringMicroseconds" || key.EndsWith("PerSecond", StringComparison.Ordinal) || key.EndsWith("eakRss", StringComparison.Ordinal)).ToArray()) item.Remove(key);
                foreach (var (_, value) in item) Strip(value);
            }
        }
    }
}

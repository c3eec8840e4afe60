using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AutoDim.Embeddings;

/// <summary>
/// Dimensions by field as other programs have them: a JSON object of field and dimension, {"user": 16, "item": 8}, or lines of "field,dimension" with or without a
/// first line that says so. plan.json itself is taken as it is.
/// </summary>
internal static class PlanList
{
    private const string Layouts = "give plan.json, a JSON object such as {\"user\": 16, \"item\": 8}, or lines of field,dimension";

    /// <exception cref="AutoDimException">The file is missing or is none of these; the message has the line.</exception>
    public static PlanFile Read(string path)
    {
        var text = TextFile.Read(path);
        return !text.AsSpan().TrimStart().StartsWith('{') ? Of(path, Lines(path, text))
            : Parse(path, text) is var json && json.Any(pair => pair.Key is "fields" or "formatVersion") ? PlanFile.Read(path)
            : Of(path, json.Select(pair => (pair.Key, Dim(path, "", pair.Key, pair.Value?.ToJsonString() ?? "null"))));
    }

    private static JsonObject Parse(string path, string text)
    {
        try
        {
            var json = JsonNode.Parse(text)!.AsObject();
            _ = json.Count; // names given twice are found here
            return json;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new AutoDimException($"'{path}' is no plan: {Reason.Of(exception)}; {Layouts}", exception);
        }
    }

    private static IEnumerable<(string Field, int Dim)> Lines(string path, string text)
    {
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            var line = raw.Trim();
            if (line.Length == 0) continue;
            var end = line.LastIndexOfAny([',', ';', '\t']);
            if (end <= 0) throw new AutoDimException($"'{path}', line {index + 1}: '{line}' is no field and dimension; {Layouts}");
            var (field, dim) = (Unquoted(line[..end]), Unquoted(line[(end + 1)..]));
            if (index == 0 && dim is ("dimension" or "dim")) continue; // the first line names the columns
            yield return (field, Dim(path, $"line {index + 1}: ", field, dim));
        }
    }

    private static string Unquoted(string cell) => cell.Trim() is ['"', .. var inner, '"'] ? inner.Replace("\"\"", "\"", StringComparison.Ordinal) : cell.Trim();

    private static int Dim(string path, string line, string field, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var dim) && dim <= EmbeddingPlan.MostDim ? dim
        : throw new AutoDimException($"'{path}', {line}field '{field}' has dimension '{text}', expected a whole number from 0 to {EmbeddingPlan.MostDim}");

    private static PlanFile Of(string path, IEnumerable<(string Field, int Dim)> dims)
    {
        PlanEntry[] fields = [.. dims.Select(item => new PlanEntry(item.Field, 0, item.Dim, 0))];
        return fields.Length == 0 ? throw new AutoDimException($"'{path}' names no fields; {Layouts}")
            : fields.GroupBy(entry => entry.Field).FirstOrDefault(group => group.Count() > 1) is { } twice ? throw new AutoDimException($"'{path}' names field '{twice.Key}' {twice.Count()} times; once is enough")
            : fields.All(entry => entry.Dim == 0) ? throw new AutoDimException($"'{path}' gives every field dimension 0; one at least needs a vector")
            : new PlanFile { Method = $"imported from {Path.GetFileName(path)}", Fields = fields };
    }
}

using System.Text.Json;
using AutoDim.Data.Preparation;
using AutoDim.Settings;

namespace AutoDim.Native;

/// <summary>Options as a JSON object of the command line's names, without their dashes before.</summary>
internal static class JobOptions
{
    /// <summary>What errors call them.</summary>
    public const string Origin = "options";

    /// <summary>Values as the command line would have them: lists joined by commas. What is null is left out.</summary>
    /// <param name="json">Null: no options.</param>
    /// <exception cref="AutoDimException">It is no JSON object of texts, numbers, true, false and lists of them.</exception>
    public static Dictionary<string, string> Texts(string? json)
    {
        using var document = Parse(json);
        return Given(document).ToDictionary(option => option.Name, option => Text(option.Name, option.Value));
    }

    /// <summary>Those of autodim prepare: files, valid, test, schema (a path, or the schema itself), label (to guess a schema by), on-bad-row, overwrite.</summary>
    /// <param name="columns">A log in memory; none: files are given.</param>
    /// <exception cref="AutoDimException">There is no such option, or its value cannot be used.</exception>
    public static PrepareOptions Prepare(string? json, IReadOnlyList<RawColumn> columns)
    {
        var options = new PrepareOptions { Columns = columns };
        string? label = null;
        using var document = Parse(json);
        foreach (var option in Given(document))
        {
            var (name, value) = (option.Name, option.Value);
            options = name switch
            {
                "files" => options with { Files = Paths(value) },
                "valid" => options with { ValidFiles = Paths(value) },
                "test" => options with { TestFiles = Paths(value) },
                "schema" when value.ValueKind == JsonValueKind.Object => options with { ParsedSchema = SchemaFile.Parse(value.GetRawText(), "schema") },
                "schema" => options with { Schema = Text(name, value) },
                "on-bad-row" => options with { OnBadRow = SettingText.TryRead(Text(name, value), typeof(BadRowPolicy), out var policy) ? (BadRowPolicy)policy : throw Wrong(name, value, "fail, skip or quarantine") },
                "overwrite" => options with { Overwrite = value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false") },
                "label" => options,
                _ => throw new AutoDimException($"{Origin}: there is no option '{name}'; prepare knows files, valid, test, schema, label, on-bad-row, overwrite"),
            };
            if (name == "label") label = Text(name, value);
        }

        if (label == null) return options;
        if (options.Schema != null || options.ParsedSchema != null) throw new AutoDimException($"{Origin}: label guesses a schema, and schema gives one; keep one of the two");
        if (columns.Count == 0 && options.Files.Count == 0) throw new AutoDimException("no files and no columns are given to prepare");
        return options with { ParsedSchema = columns.Count > 0 ? SchemaGuess.Of(columns, label) : SchemaGuess.Of(options.Files[0], label) };
    }

    private static JsonDocument Parse(string? json)
    {
        try
        {
            var document = JsonDocument.Parse(json ?? "{}");
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new AutoDimException($"{Origin} are no JSON object, such as {{\"model\": \"deepfm\"}}");
        }
        catch (JsonException exception)
        {
            throw new AutoDimException($"{Origin} are no JSON: {Reason.Of(exception)}", exception);
        }
    }

    private static IEnumerable<JsonProperty> Given(JsonDocument document) => document.RootElement.EnumerateObject().Where(option => option.Value.ValueKind != JsonValueKind.Null);

    private static string[] Paths(JsonElement value) => value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => Text("files", item))] : [Text("files", value)];

    private static string Text(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(item => Text(name, item))),
        _ => throw Wrong(name, value, "a text, a number, true, false, or a list of them"),
    };

    private static AutoDimException Wrong(string name, JsonElement value, string expected) => new($"{Origin}: {name} is {value.GetRawText()}, expected {expected}");
}

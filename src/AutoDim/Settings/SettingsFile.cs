using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AutoDim.Settings;

/// <summary>Settings in a YAML file of one level: a run's record (run.yaml) and what a user writes to start one.</summary>
internal static class SettingsFile
{
    /// <exception cref="AutoDimException">The file cannot be read or is not a YAML map of plain values.</exception>
    public static IReadOnlyDictionary<string, string> Load(string path)
    {
        return YamlText.Map(TextFile.Read(path), path).ToDictionary(pair => Text(pair.Key), pair => pair.Value is YamlSequenceNode list ? string.Join(',', list.Select(Text)) : Text(pair.Value));

        string Text(YamlNode node) => node is not YamlScalarNode scalar ? throw new AutoDimException($"{path}, line {node.Start.Line}: expected a text, a number or a list of them")
            : scalar is { Style: ScalarStyle.Plain, Value: "~" or "null" } ? ""
            : scalar.Value ?? "";
    }

    public static string Write(IEnumerable<KeyValuePair<string, string>> values) => string.Concat(values.Select(pair => $"{YamlText.Value(pair.Key)}: {YamlText.Value(pair.Value)}\n"));
}

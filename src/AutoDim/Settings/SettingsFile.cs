using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace AutoDim.Settings;

/// <summary>Settings in a YAML file of one level: a run's record (run.yaml) and what a user writes to start one.</summary>
internal static class SettingsFile
{
    /// <exception cref="AutoDimException">The file cannot be read or is not a YAML map of plain values.</exception>
    public static IReadOnlyDictionary<string, string> Load(string path)
    {
        try
        {
            var map = new DeserializerBuilder().Build().Deserialize<Dictionary<string, object?>>(File.ReadAllText(path))
                ?? throw new AutoDimException($"'{path}' is empty");
            return map.ToDictionary(pair => pair.Key, pair => pair.Value switch
            {
                null => "",
                IEnumerable<object> list => string.Join(',', list),
                _ => pair.Value.ToString()!,
            });
        }
        catch (YamlException exception)
        {
            throw new AutoDimException($"{path}, line {exception.Start.Line}, column {exception.Start.Column}: {exception.InnerException?.Message ?? exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AutoDimException($"cannot read '{path}': {exception.Message}", exception);
        }
    }

    public static string Write(IEnumerable<KeyValuePair<string, string>> values)
        => new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(values.ToDictionary());
}

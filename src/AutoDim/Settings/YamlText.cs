using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AutoDim.Settings;

/// <summary>YAML read and written without reflection, which a natively compiled program lacks.</summary>
internal static partial class YamlText
{
    private static readonly HashSet<string> Ambiguous = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "yes", "no", "on", "off", "y", "n", "null" };

    /// <summary>The keys and values of a text.</summary>
    /// <param name="name">What errors call the text.</param>
    /// <exception cref="AutoDimException">It is no YAML, empty, or no map.</exception>
    public static YamlMappingNode Map(string text, string name)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new PlainYaml(new StringReader(text)));
            if (yaml.Documents.Count == 0) throw new AutoDimException($"'{name}' is empty");
            return yaml.Documents[0].RootNode as YamlMappingNode ?? throw new AutoDimException($"'{name}' is not a map of keys and values");
        }
        catch (YamlException exception)
        {
            throw new AutoDimException($"{name}, line {exception.Start.Line}, column {exception.Start.Column}: {Reason.Of(exception.InnerException ?? exception)}", exception);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw new AutoDimException($"{name} is no YAML that can be read: {Reason.Of(exception)}", exception); // YamlDotNet's scanner where brackets do not match
        }
    }

    /// <summary>A text as a value: quoted unless it is a plain word that no YAML reader takes for something else.</summary>
    public static string Value(string text)
    {
        if (PlainWord().IsMatch(text) && !Ambiguous.Contains(text)) return text;
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF') quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_.-]*\z")]
    private static partial Regex PlainWord();
}

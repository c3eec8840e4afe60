using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AutoDim.Data.Preparation;

/// <summary>
/// A YAML mapping being read: values by key, each of the kind asked for. Whatever is wrong joins one list of problems with its
/// line, and reading goes on, so that a user is told everything at once.
/// </summary>
internal sealed class YamlMap
{
    private readonly Dictionary<string, YamlNode> nodes = [];
    private readonly HashSet<string> asked = [];
    private readonly YamlMappingNode map;
    private readonly List<string> problems;

    /// <param name="problems">The list that problems join.</param>
    public YamlMap(YamlMappingNode map, List<string> problems)
    {
        this.map = map;
        this.problems = problems;
        foreach (var (key, value) in map.Children)
        {
            if (key is YamlScalarNode { Value: { } name }) nodes[name] = value;
            else Add(key, "a key is not a text");
        }
    }

    private delegate bool Parser<T>(string text, out T value);

    /// <summary>What problems begin with, such as "field 'user'"; empty at the top.</summary>
    public string Place { get; set; } = "";

    public string? Text(string key) => Scalar<string?>(key, null, "a text", (string text, out string? value) => (value = text) != null);

    public bool Flag(string key, bool otherwise) => Scalar(key, otherwise, "true or false", bool.TryParse);

    public long? Whole(string key, long least, long most) => Scalar<long?>(key, null, $"a whole number from {least} to {most}", (string text, out long? value) =>
    {
        value = long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;
        return number >= least && number <= most && value != null;
    });

    public double? Number(string key) => Scalar<double?>(key, null, "a number", (string text, out double? value) =>
    {
        var isNumber = TryNumber(text, out var number);
        value = number;
        return isNumber;
    });

    /// <summary>One of an enumeration's names, in lower case.</summary>
    public T Choice<T>(string key, T otherwise)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToArray();
        return Scalar(key, otherwise, string.Join(", ", names), (string text, out T value) => Enum.TryParse(text, ignoreCase: true, out value) && names.Contains(text));
    }

    public IReadOnlyList<string>? Texts(string key)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case YamlSequenceNode list when list.All(item => item is YamlScalarNode):
                return [.. list.Select(item => ((YamlScalarNode)item).Value ?? "")];
            case var node:
                Add(node, $"{key} is {Describe(node)}, expected a list of texts: [a, b]");
                return null;
        }
    }

    public YamlMap? Map(string key)
    {
        var node = Node(key);
        if (node is YamlMappingNode nested) return new YamlMap(nested, problems) { Place = key };
        if (node != null) Add(node, $"{key} is {Describe(node)}, expected keys and values");
        return null;
    }

    public IReadOnlyList<YamlMap> Maps(string key)
    {
        switch (Node(key))
        {
            case null:
                return [];
            case YamlSequenceNode list when list.All(item => item is YamlMappingNode):
                return [.. list.Select(item => new YamlMap((YamlMappingNode)item, problems))];
            case var node:
                Add(node, $"{key} is {Describe(node)}, expected a list with keys and values: - {{column: a}}");
                return [];
        }
    }

    /// <summary>The name of a rule, or a list of finite numbers.</summary>
    public BucketSchema? Buckets(string key)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case YamlScalarNode { Value: BucketSchema.Quantile or BucketSchema.LogSquare } rule:
                return new BucketSchema(rule.Value, []);
            case YamlSequenceNode { Children.Count: > 0 } list when list.All(item => item is YamlScalarNode { Value: { } text } && TryNumber(text, out _)):
                return new BucketSchema(null, [.. list.Select(item => double.Parse(((YamlScalarNode)item).Value!, CultureInfo.InvariantCulture))]);
            case var node:
                Add(node, $"{key} is {Describe(node)}, expected {BucketSchema.Quantile}, {BucketSchema.LogSquare} or a list of numbers");
                return null;
        }
    }

    /// <summary>Notes a problem of the whole map unless the condition holds.</summary>
    public void Require(bool holds, string problem)
    {
        if (!holds) Add(map, problem);
    }

    /// <summary>Notes keys that nobody asked for.</summary>
    public void End()
    {
        foreach (var (key, node) in nodes.Where(pair => !asked.Contains(pair.Key))) Add(node, $"unknown key '{key}', expected one of {string.Join(", ", asked)}");
    }

    private static bool TryNumber(string text, out double number) => double.TryParse(text, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static string Describe(YamlNode node) => node switch
    {
        YamlScalarNode scalar => $"'{scalar.Value}'",
        YamlSequenceNode => $"the list {node}",
        _ => "a map",
    };

    private T Scalar<T>(string key, T otherwise, string expected, Parser<T> parse)
    {
        if (Node(key) is not { } node) return otherwise;
        if (node is YamlScalarNode { Value: { } text } && parse(text, out var value)) return value;
        Add(node, $"{key} is {Describe(node)}, expected {expected}");
        return otherwise;
    }

    /// <summary>A key's node; null where it is absent or YAML's null.</summary>
    private YamlNode? Node(string key)
    {
        asked.Add(key);
        return nodes.TryGetValue(key, out var node) && node is not YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" } ? node : null;
    }

    private void Add(YamlNode node, string problem) => problems.Add($"line {node.Start.Line}: {(Place.Length > 0 ? $"{Place}: " : "")}{problem}");
}

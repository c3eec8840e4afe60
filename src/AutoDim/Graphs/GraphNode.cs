namespace AutoDim.Graphs;

/// <summary>One operation of a graph.</summary>
/// <param name="Operator">Its name among ONNX's operators; with the domain before it, as in ai.onnx.ml.LabelEncoder, where it is none of the default one's.</param>
/// <param name="Inputs">Names of values.</param>
/// <param name="Output">Name of the value it makes.</param>
/// <param name="Attributes">Its settings.</param>
internal sealed record GraphNode(string Operator, IReadOnlyList<string> Inputs, string Output, IReadOnlyList<GraphAttribute> Attributes);

/// <summary>A setting of a node: a whole number, a list of them, a word, or a list of words.</summary>
internal sealed record GraphAttribute(string Name, IReadOnlyList<long> Numbers, bool IsList, string? Text)
{
    /// <value>As UTF-8; null where the setting is something else.</value>
    public IReadOnlyList<byte[]>? Texts { get; init; }

    public static GraphAttribute Of(string name, IReadOnlyList<byte[]> texts) => new(name, [], IsList: true, null) { Texts = texts };

    public static GraphAttribute Of(string name, long number) => new(name, [number], IsList: false, null);

    public static GraphAttribute Of(string name, ReadOnlySpan<long> numbers) => new(name, numbers.ToArray(), IsList: true, null);

    public static GraphAttribute Of(string name, string text) => new(name, [], IsList: false, text);
}

namespace AutoDim.Graphs;

/// <summary>One operation of a graph.</summary>
/// <param name="Operator">Its name among ONNX's operators.</param>
/// <param name="Inputs">Names of values.</param>
/// <param name="Output">Name of the value it makes.</param>
/// <param name="Attributes">Its settings.</param>
internal sealed record GraphNode(string Operator, IReadOnlyList<string> Inputs, string Output, IReadOnlyList<GraphAttribute> Attributes);

/// <summary>A setting of a node: a whole number, a list of them, or a word.</summary>
internal sealed record GraphAttribute(string Name, IReadOnlyList<long> Numbers, bool IsList, string? Text)
{
    public static GraphAttribute Of(string name, long number) => new(name, [number], IsList: false, null);

    public static GraphAttribute Of(string name, ReadOnlySpan<long> numbers) => new(name, numbers.ToArray(), IsList: true, null);

    public static GraphAttribute Of(string name, string text) => new(name, [], IsList: false, text);
}

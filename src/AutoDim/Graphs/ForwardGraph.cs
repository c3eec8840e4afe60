using System.Globalization;
using System.Runtime.InteropServices;

namespace AutoDim.Graphs;

/// <summary>
/// A scorer as a graph of ONNX operators, in the order in which they run. Whatever file it is written to, it is built here: an operation of
/// the tape adds the nodes that do what it does when scoring. The same node asked for twice is there once.
/// </summary>
internal sealed class ForwardGraph
{
    /// <summary>What every name but those of inputs and outputs starts with, so that a field may be called anything else.</summary>
    public const string Prefix = "/";

    private readonly List<GraphInput> inputs = [];
    private readonly List<GraphNode> nodes = [];
    private readonly Dictionary<string, GraphConstant> constants = [];
    private readonly Dictionary<string, GraphValue> known = [];
    private readonly List<string> outputs = [];

    public IReadOnlyList<GraphInput> Inputs => inputs;

    /// <summary>Those that the outputs depend on.</summary>
    public IReadOnlyList<GraphNode> Nodes
    {
        get
        {
            var needed = outputs.ToHashSet();
            var kept = new List<GraphNode>();
            foreach (var node in Enumerable.Reverse(nodes).Where(node => needed.Contains(node.Output)))
            {
                needed.UnionWith(node.Inputs);
                kept.Add(node);
            }

            kept.Reverse();
            return kept;
        }
    }

    /// <summary>Those that the nodes take.</summary>
    public IReadOnlyList<GraphConstant> Constants
    {
        get
        {
            var needed = Nodes.SelectMany(node => node.Inputs).ToHashSet();
            return [.. constants.Values.Where(constant => needed.Contains(constant.Name))];
        }
    }

    /// <summary>Names of the values that the graph gives, each (B).</summary>
    public IReadOnlyList<string> Outputs => outputs;

    /// <exception cref="AutoDimException">Its name belongs to something else.</exception>
    public GraphValue Input(GraphInput input)
    {
        if (input.Name.StartsWith(Prefix, StringComparison.Ordinal)) throw new AutoDimException($"the field '{input.Name}' cannot be exported: names that start with '{Prefix}' are the graph's own; rename it in the schema and train again");
        inputs.Add(input);
        return new GraphValue(input.Name);
    }

    /// <summary>Names a value as one that the graph gives: (B, 1) → (B).</summary>
    /// <exception cref="AutoDimException">A field has that name.</exception>
    public void Output(string name, GraphValue value)
    {
        if (inputs.Any(input => input.Name == name)) throw new AutoDimException($"the field '{name}' cannot be exported: that is the name of an output; rename it in the schema and train again");
        nodes.Add(new GraphNode("Reshape", [value.Name, Numbers([-1]).Name], name, []));
        outputs.Add(name);
    }

    /// <summary>A constant, unless there is one of its name already.</summary>
    public GraphValue Constant(GraphConstant constant)
    {
        constants.TryAdd(constant.Name, constant);
        return new GraphValue(constant.Name);
    }

    /// <summary>Whole numbers along one axis, such as a shape.</summary>
    public GraphValue Numbers(ReadOnlySpan<long> numbers)
    {
        var copy = numbers.ToArray();
        ref var value = ref CollectionsMarshal.GetValueRefOrAddDefault(known, string.Join(',', copy), out var exists);
        return exists ? value : value = Constant(new GraphConstant(Unnamed("numbers"), GraphType.Int64, [copy.Length], stream => stream.Write(MemoryMarshal.AsBytes<long>(copy))));
    }

    /// <summary>One number that meets a matrix of any shape.</summary>
    public GraphValue Number(float number)
        => Constant(new GraphConstant(string.Create(CultureInfo.InvariantCulture, $"{Prefix}number.{number:R}"), GraphType.Float32, [1], stream => stream.Write(BitConverter.GetBytes(number))));

    /// <summary>One byte that meets a matrix of bytes of any shape.</summary>
    public GraphValue Byte(byte number) => Constant(new GraphConstant($"{Prefix}byte.{number}", GraphType.UInt8, [1], stream => stream.WriteByte(number)));

    /// <summary>Numbers of double precision along one axis, to compare with.</summary>
    public GraphValue Doubles(IReadOnlyList<double> numbers)
        => Constant(new GraphConstant(Unnamed("doubles"), GraphType.Float64, [numbers.Count], stream => stream.Write(MemoryMarshal.AsBytes<double>(numbers.ToArray()))));

    /// <summary>A matrix that has no name in the model.</summary>
    public GraphValue Matrix(ReadOnlySpan<float> numbers, int rows, int columns)
    {
        var copy = numbers.ToArray();
        return Constant(new GraphConstant(Unnamed("matrix"), GraphType.Float32, [rows, columns], stream => stream.Write(MemoryMarshal.AsBytes<float>(copy))));
    }

    /// <summary>Any operator, by its ONNX name.</summary>
    public GraphValue Node(string name, ReadOnlySpan<GraphValue> inputs, params ReadOnlySpan<GraphAttribute> attributes)
    {
        string[] names = [.. inputs.ToArray().Select(input => input.Name)];
        var settings = attributes.ToArray();
        if (settings.Any(setting => setting.Texts != null)) return Add(name, names, settings); // of a field's own, and long
        var key = $"{name}({string.Join(", ", names)}){string.Concat(settings.Select(setting => $" {setting.Name}={setting.Text}{string.Join(',', setting.Numbers)}"))}";
        ref var value = ref CollectionsMarshal.GetValueRefOrAddDefault(known, key, out var exists);
        return exists ? value : value = Add(name, names, settings);
    }

    private GraphValue Add(string name, string[] inputs, GraphAttribute[] settings)
    {
        var value = new GraphValue($"{Prefix}{name}.{nodes.Count}");
        nodes.Add(new GraphNode(name, inputs, value.Name, settings));
        return value;
    }

    private string Unnamed(string kind) => $"{Prefix}{kind}.{constants.Count}";
}

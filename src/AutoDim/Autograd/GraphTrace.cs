using AutoDim.Data;
using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>
/// A recorded pass on its way into a graph: which value of the graph each tensor of the tape is. In the graph too everything is a matrix, with
/// the samples, or the entries of a field, as rows; the number of rows is open.
/// </summary>
internal sealed unsafe class GraphTrace
{
    private const int NumbersPerWrite = 1 << 14;

    private readonly Dictionary<Tensor, GraphValue> values = new(ReferenceEqualityComparer.Instance);

    /// <param name="rows">The table rows of each field and sequence, in the order of <see cref="Field.Columns"/>.</param>
    public GraphTrace(ForwardGraph graph, IReadOnlyList<Field> fields, IReadOnlyList<GraphValue> rows)
    {
        Graph = graph;
        GraphColumn[] columns = [.. Field.Columns(fields).Zip(rows, (column, value) => new GraphColumn(value, column.MultiValued))];
        var next = fields.Count;
        Fields = new GraphField[fields.Count];
        for (var m = 0; m < fields.Count; m++)
        {
            var count = fields[m].Sequences?.Count ?? 0;
            Fields[m] = new GraphField(columns[m], columns[next..(next + count)]);
            next += count;
        }
    }

    public ForwardGraph Graph { get; }

    /// <summary>What the graph is given of each field.</summary>
    public GraphField[] Fields { get; }

    /// <summary>The value that a tensor is; a weight of the model is a constant of its name.</summary>
    public GraphValue this[Tensor tensor]
    {
        get => tensor is Parameter parameter
            ? Graph.Constant(new GraphConstant(ForwardGraph.Prefix + parameter.Name, GraphType.Float32, [parameter.Rows, parameter.Columns], stream => Write(stream, parameter.Value, parameter.Length)))
            : values[tensor];
        set => values[tensor] = value;
    }

    /// <summary>What a tensor holds now, as a constant: for what depends on weights alone.</summary>
    public GraphValue Constant(Tensor tensor) => Constant(tensor.Value, tensor.Rows, tensor.Columns);

    public GraphValue Constant(Real* numbers, int rows, int columns)
    {
        var copy = new float[rows * columns];
        for (var i = 0; i < copy.Length; i++) copy[i] = (float)numbers[i];
        return Graph.Matrix(copy, rows, columns);
    }

    /// <summary>Writes the engine's numbers as float32.</summary>
    public static void Write(Stream stream, Real* numbers, long count)
    {
        var buffer = new float[NumbersPerWrite];
        for (var first = 0L; first < count; first += NumbersPerWrite)
        {
            var length = (int)Math.Min(NumbersPerWrite, count - first);
            for (var i = 0; i < length; i++) buffer[i] = (float)numbers[first + i];
            stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(buffer.AsSpan(0, length)));
        }
    }
}

/// <summary>What a graph is given of a field.</summary>
internal sealed record GraphField(GraphColumn Own, GraphColumn[] Sequences);

/// <summary>Table rows: (B), or (B, n) padded with −1 where a sample may have any number.</summary>
internal sealed record GraphColumn(GraphValue Rows, bool IsPadded);

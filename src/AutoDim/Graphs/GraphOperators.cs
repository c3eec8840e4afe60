namespace AutoDim.Graphs;

/// <summary>The operators that the tape's operations are made of, with ONNX's meaning (opset 18). Shapes broadcast as there.</summary>
internal static class GraphOperators
{
    public static GraphValue Add(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Add", [a, b]);

    public static GraphValue Subtract(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Sub", [a, b]);

    public static GraphValue Multiply(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Mul", [a, b]);

    public static GraphValue Divide(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Div", [a, b]);

    public static GraphValue Maximum(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Max", [a, b]);

    public static GraphValue Relu(this ForwardGraph graph, GraphValue x) => graph.Node("Relu", [x]);

    public static GraphValue Tanh(this ForwardGraph graph, GraphValue x) => graph.Node("Tanh", [x]);

    public static GraphValue Sigmoid(this ForwardGraph graph, GraphValue x) => graph.Node("Sigmoid", [x]);

    /// <summary>Over the last axis.</summary>
    public static GraphValue Softmax(this ForwardGraph graph, GraphValue x) => graph.Node("Softmax", [x], GraphAttribute.Of("axis", -1));

    public static GraphValue MatrixProduct(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("MatMul", [a, b]);

    /// <summary>a·b + bias, of matrices.</summary>
    public static GraphValue MatrixProduct(this ForwardGraph graph, GraphValue a, GraphValue b, GraphValue bias) => graph.Node("Gemm", [a, b, bias]);

    /// <summary>Side by side along an axis; one alone stays as it is.</summary>
    public static GraphValue Concatenate(this ForwardGraph graph, int axis, params ReadOnlySpan<GraphValue> parts)
        => parts.Length == 1 ? parts[0] : graph.Node("Concat", parts, GraphAttribute.Of("axis", axis));

    /// <summary>The same numbers in another shape; −1 stands for what is left.</summary>
    public static GraphValue Reshape(this ForwardGraph graph, GraphValue x, params ReadOnlySpan<long> shape) => graph.Node("Reshape", [x, graph.Numbers(shape)]);

    /// <summary>The same numbers in a shape that the graph computes; 0 is a length like another.</summary>
    public static GraphValue Reshape(this ForwardGraph graph, GraphValue x, GraphValue shape) => graph.Node("Reshape", [x, shape], GraphAttribute.Of("allowzero", 1));

    /// <summary>The lengths along the axes from the first to before the last.</summary>
    public static GraphValue ShapeOf(this ForwardGraph graph, GraphValue x, int first, int last) => graph.Node("Shape", [x], GraphAttribute.Of("start", first), GraphAttribute.Of("end", last));

    /// <summary>With an axis of length 1 put in.</summary>
    public static GraphValue Unsqueeze(this ForwardGraph graph, GraphValue x, int axis) => graph.Node("Unsqueeze", [x, graph.Numbers([axis])]);

    public static GraphValue Transpose(this ForwardGraph graph, GraphValue x, params ReadOnlySpan<long> order) => graph.Node("Transpose", [x], GraphAttribute.Of("perm", order));

    /// <summary>Sums over some axes, which stay with length 1 where asked.</summary>
    public static GraphValue Sum(this ForwardGraph graph, GraphValue x, ReadOnlySpan<long> axes, bool keepsAxes = false)
        => graph.Node("ReduceSum", [x, graph.Numbers(axes)], GraphAttribute.Of("keepdims", keepsAxes ? 1 : 0));

    /// <summary>The places along an axis that the indices name.</summary>
    public static GraphValue Gather(this ForwardGraph graph, GraphValue x, GraphValue indices, int axis = 0) => graph.Node("Gather", [x, indices], GraphAttribute.Of("axis", axis));

    /// <summary>The places along an axis from the first to before the last, both (1).</summary>
    public static GraphValue Slice(this ForwardGraph graph, GraphValue x, GraphValue first, GraphValue last, int axis) => graph.Node("Slice", [x, first, last, graph.Numbers([axis])]);

    public static GraphValue Log(this ForwardGraph graph, GraphValue x) => graph.Node("Log", [x]);

    public static GraphValue Floor(this ForwardGraph graph, GraphValue x) => graph.Node("Floor", [x]);

    public static GraphValue IsEqual(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Equal", [a, b]);

    public static GraphValue IsAtLeast(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("GreaterOrEqual", [a, b]);

    public static GraphValue IsAbove(this ForwardGraph graph, GraphValue a, GraphValue b) => graph.Node("Greater", [a, b]);

    public static GraphValue IsNaN(this ForwardGraph graph, GraphValue x) => graph.Node("IsNaN", [x]);

    /// <summary>Of two numbers the one that a truth value chooses.</summary>
    public static GraphValue Where(this ForwardGraph graph, GraphValue condition, GraphValue yes, GraphValue no) => graph.Node("Where", [condition, yes, no]);

    /// <summary>The whole number of each text.</summary>
    /// <param name="texts">As UTF-8, no two alike.</param>
    /// <param name="numbers">One for each text.</param>
    /// <param name="other">The number of any other text.</param>
    public static GraphValue NumbersOf(this ForwardGraph graph, GraphValue x, IReadOnlyList<byte[]> texts, ReadOnlySpan<long> numbers, long other)
        => graph.Node("ai.onnx.ml.LabelEncoder", [x], GraphAttribute.Of("keys_strings", texts), GraphAttribute.Of("values_int64s", numbers), GraphAttribute.Of("default_int64", other));

    /// <summary>Numbers as float32.</summary>
    public static GraphValue ToFloat(this ForwardGraph graph, GraphValue x) => graph.Node("Cast", [x], GraphAttribute.Of("to", 1));

    /// <summary>As 64-bit whole numbers, to look up with.</summary>
    public static GraphValue ToWhole(this ForwardGraph graph, GraphValue x) => graph.Node("Cast", [x], GraphAttribute.Of("to", 7));
}

using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// A linear map of its own for each group of columns: x is (B, G·I), W is (G·I, O) with group g's map in rows [g·I, (g + 1)·I),
/// y_g = x_g·W_g is (B, G·O).
/// </summary>
internal sealed unsafe class GroupLinear : Operation
{
    private Tape tape = null!;
    private Tensor x = null!, weight = null!, y = null!;
    private int groups;

    public static Tensor Apply(Tape tape, Tensor x, Tensor weight, int groups)
    {
        if (x.Columns != weight.Rows || x.Columns % groups != 0) throw new ArgumentException($"{x.Columns} columns do not make {groups} groups for a weight of {weight.Rows} rows", nameof(weight));
        var operation = tape.Record<GroupLinear>();
        operation.tape = tape;
        operation.x = x;
        operation.weight = weight;
        operation.groups = groups;
        operation.y = tape.NewTensor(x.Rows, groups * weight.Columns);
        for (var g = 0; g < groups; g++) Gemm.Multiply(tape.Pool, tape.Scratch, operation.Group(x, x.Value, g), operation.MapOf(weight.Value, g), operation.Group(operation.y, operation.y.Value, g));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        bool addToWeight = weight.NeedsGradient && weight.BeginGradient(), addToX = x.NeedsGradient && x.BeginGradient();
        for (var g = 0; g < groups; g++)
        {
            var gradient = Group(y, y.Gradient, g);
            if (weight.NeedsGradient) Gemm.Multiply(tape.Pool, tape.Scratch, Group(x, x.Value, g).Transposed, gradient, MapOf(weight.Gradient, g), addToWeight);
            if (x.NeedsGradient) Gemm.Multiply(tape.Pool, tape.Scratch, gradient, MapOf(weight.Value, g).Transposed, Group(x, x.Gradient, g), addToX);
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var x = trace.Graph.Transpose(trace.Graph.Reshape(trace[this.x], -1, groups, this.x.Columns / groups), 1, 0, 2);
        var y = trace.Graph.MatrixProduct(x, trace.Graph.Reshape(trace[weight], groups, weight.Rows / groups, weight.Columns));
        trace[this.y] = trace.Graph.Reshape(trace.Graph.Transpose(y, 1, 0, 2), -1, this.y.Columns);
    }

    /// <summary>A group's columns of a matrix: (B, columns / G).</summary>
    private MatrixView Group(Tensor tensor, Real* data, int g)
    {
        var width = tensor.Columns / groups;
        return new MatrixView(data + (g * width), tensor.Rows, width, tensor.Columns);
    }

    /// <summary>A group's rows of the weight, or of its gradient: (I, O).</summary>
    private MatrixView MapOf(Real* data, int g)
    {
        var rows = weight.Rows / groups;
        return new MatrixView(data + ((long)g * rows * weight.Columns), rows, weight.Columns, weight.Columns);
    }
}

using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>Scales each group of columns by its own number: x is (B, G·N), the gates are (B, G), y_g = gate_g x_g is (B, G·N).</summary>
internal sealed unsafe class GateGroups : LaneOperation
{
    private int groups, width;

    public static Tensor Apply(Tape tape, Tensor x, Tensor gates)
    {
        var operation = tape.Record<GateGroups>();
        operation.groups = gates.Columns;
        operation.width = x.Columns / gates.Columns;
        return operation.Run(tape, x.Columns, x, gates);
    }

    public override void Describe(GraphTrace trace)
        => trace[Y] = trace.Graph.Reshape(trace.Graph.Multiply(trace.Graph.Reshape(trace[A], -1, groups, width), trace.Graph.Unsqueeze(trace[B], 2)), -1, Y.Columns);

    protected override void Forward(in LaneBlock block)
    {
        for (var i = 0; i < groups * width; i++) block.Y[i] = block.A[i] * block.B[i / width];
    }

    protected override void Backward(in LaneBlock block)
    {
        for (var group = 0; group < groups; group++)
        {
            var first = group * width;
            block.Db[group] = Lanes.Dot(block.Dy + first, block.A + first, width);
            Lanes.AddScaled(block.Da + first, block.B[group], block.Dy + first, width);
        }
    }
}

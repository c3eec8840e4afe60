using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>Inner product of each sample's two rows: a, b are (B, N), y is (B, 1).</summary>
internal sealed unsafe class RowDot : LaneOperation
{
    private int columns;

    public static Tensor Apply(Tape tape, Tensor a, Tensor b)
    {
        var operation = tape.Record<RowDot>();
        operation.columns = a.Columns;
        return operation.Run(tape, 1, a, b);
    }

    public override void Describe(GraphTrace trace) => trace[Y] = trace.Graph.Sum(trace.Graph.Multiply(trace[A], trace[B]), [1], keepsAxes: true);

    protected override void Forward(in LaneBlock block) => *block.Y = Lanes.Dot(block.A, block.B, columns);

    protected override void Backward(in LaneBlock block)
    {
        Lanes.AddScaled(block.Da, *block.Dy, block.B, columns);
        Lanes.AddScaled(block.Db, *block.Dy, block.A, columns);
    }
}

using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>y = exp(x) / Σ exp(x) over a sample's columns. x, y are (B, C).</summary>
internal sealed unsafe class Softmax : LaneOperation
{
    private int columns;

    public static Tensor Apply(Tape tape, Tensor x)
    {
        var operation = tape.Record<Softmax>();
        operation.columns = x.Columns;
        return operation.Run(tape, x.Columns, x);
    }

    public override void Describe(GraphTrace trace) => trace[Y] = trace.Graph.Softmax(trace[A]);

    protected override void Forward(in LaneBlock block) => Lanes.Softmax(block.A, block.Y, columns);

    protected override void Backward(in LaneBlock block)
    {
        Lanes.Softmax(block.A, block.Y, columns);
        Lanes.AddSoftmaxGradient(block.Da, block.Y, block.Dy, columns);
    }
}

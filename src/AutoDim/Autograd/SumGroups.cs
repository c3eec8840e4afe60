using System.Runtime.Intrinsics;
using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>Sum of a sample's G vectors of N numbers: x is (B, G·N), y is (B, N).</summary>
internal sealed unsafe class SumGroups : LaneOperation
{
    private int groups, width;

    public static Tensor Apply(Tape tape, Tensor x, int groups)
    {
        var operation = tape.Record<SumGroups>();
        operation.groups = groups;
        operation.width = x.Columns / groups;
        return operation.Run(tape, operation.width, x);
    }

    public override void Describe(GraphTrace trace) => trace[Y] = trace.Graph.Sum(trace.Graph.Reshape(trace[A], -1, groups, width), [1]);

    protected override void Forward(in LaneBlock block)
    {
        for (var i = 0; i < width; i++)
        {
            var sum = Vector512<Real>.Zero;
            for (var group = 0; group < groups; group++) sum += block.A[(group * width) + i];
            block.Y[i] = sum;
        }
    }

    protected override void Backward(in LaneBlock block)
    {
        for (var i = 0; i < groups * width; i++) block.Da[i] = block.Dy[i % width];
    }
}

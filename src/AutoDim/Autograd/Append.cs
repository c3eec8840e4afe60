using System.Runtime.Intrinsics;
using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>Two rows of each sample side by side: a is (B, N), b is (B, K), y is (B, N + K).</summary>
internal sealed unsafe class Append : LaneOperation
{
    private int left, right;

    public static Tensor Apply(Tape tape, Tensor a, Tensor b)
    {
        var operation = tape.Record<Append>();
        operation.left = a.Columns;
        operation.right = b.Columns;
        return operation.Run(tape, a.Columns + b.Columns, a, b);
    }

    protected override void Forward(in LaneBlock block)
    {
        Copy(block.A, block.Y, left);
        Copy(block.B, block.Y + left, right);
    }

    protected override void Backward(in LaneBlock block)
    {
        Copy(block.Dy, block.Da, left);
        Copy(block.Dy + left, block.Db, right);
    }

    public override void Describe(GraphTrace trace) => trace[Y] = trace.Graph.Concatenate(1, trace[A], trace[B]);

    private static void Copy(Vector512<Real>* source, Vector512<Real>* target, int length)
        => new ReadOnlySpan<Vector512<Real>>(source, length).CopyTo(new Span<Vector512<Real>>(target, length));
}

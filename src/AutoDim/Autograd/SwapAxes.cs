using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>A sample's M vectors of D numbers as D vectors of M: x is (B, M·D), y is (B, D·M).</summary>
internal sealed unsafe class SwapAxes : LaneOperation
{
    private int fields, dim;

    public static Tensor Apply(Tape tape, Tensor x, int fields)
    {
        var operation = tape.Record<SwapAxes>();
        operation.fields = fields;
        operation.dim = x.Columns / fields;
        return operation.Run(tape, x.Columns, x);
    }

    public override void Describe(GraphTrace trace) => trace[Y] = trace.Graph.Reshape(trace.Graph.Transpose(trace.Graph.Reshape(trace[A], -1, fields, dim), 0, 2, 1), -1, Y.Columns);

    protected override void Forward(in LaneBlock block)
    {
        for (var m = 0; m < fields; m++)
        {
            for (var i = 0; i < dim; i++) block.Y[(i * fields) + m] = block.A[(m * dim) + i];
        }
    }

    protected override void Backward(in LaneBlock block)
    {
        for (var m = 0; m < fields; m++)
        {
            for (var i = 0; i < dim; i++) block.Da[(m * dim) + i] = block.Dy[(i * fields) + m];
        }
    }
}

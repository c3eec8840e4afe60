using System.Runtime.Intrinsics;
using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>Outer product of the sum s = Σ x_m of a sample's M vectors with itself: x is (B, M·D), y is (B, D·D), y_ij = s_i s_j.</summary>
internal sealed unsafe class OuterProduct : LaneOperation
{
    private int fields, dim;

    public static Tensor Apply(Tape tape, Tensor x, int fields)
    {
        var operation = tape.Record<OuterProduct>();
        operation.fields = fields;
        operation.dim = x.Columns / fields;
        return operation.Run(tape, operation.dim * operation.dim, x, work: operation.dim);
    }

    protected override void Forward(in LaneBlock block)
    {
        Sum(block);
        for (var i = 0; i < dim; i++)
        {
            for (var j = 0; j < dim; j++) block.Y[(i * dim) + j] = block.Work[i] * block.Work[j];
        }
    }

    /// <summary>dx_m,i += Σ_j (g_ij + g_ji) s_j, the same for every m.</summary>
    protected override void Backward(in LaneBlock block)
    {
        Sum(block);
        for (var i = 0; i < dim; i++)
        {
            var gradient = Vector512<Real>.Zero;
            for (var j = 0; j < dim; j++) gradient += (block.Dy[(i * dim) + j] + block.Dy[(j * dim) + i]) * block.Work[j];
            for (var m = 0; m < fields; m++) block.Da[(m * dim) + i] += gradient;
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var sum = trace.Graph.Sum(trace.Graph.Reshape(trace[A], -1, fields, dim), [1]);
        trace[Y] = trace.Graph.Reshape(trace.Graph.Multiply(trace.Graph.Unsqueeze(sum, 2), trace.Graph.Unsqueeze(sum, 1)), -1, dim * dim);
    }

    private void Sum(in LaneBlock block)
    {
        for (var i = 0; i < dim; i++)
        {
            block.Work[i] = Vector512<Real>.Zero;
            for (var m = 0; m < fields; m++) block.Work[i] += block.A[(m * dim) + i];
        }
    }
}

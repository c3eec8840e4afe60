using System.Runtime.Intrinsics;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Second-order term of the field-aware factorization machine (Juan et al., 2016, eq. 4): y = Σ over pairs ⟨x_m,k , x_k,m⟩, where x_m,k is the
/// part of field m's vector that it keeps for field k. A vector of D numbers is cut into M parts, and fields m and k meet in part
/// (m + k) mod M of both: every partner has a part of its own, and both sides' parts are equally long. x is (B, M·D), y is (B, 1).
/// </summary>
internal sealed unsafe class FieldAwareProducts : LaneOperation
{
    private int fields, dim;

    public static Tensor Apply(Tape tape, Tensor x, int fields)
    {
        var operation = tape.Record<FieldAwareProducts>();
        operation.fields = fields;
        operation.dim = x.Columns / fields;
        return operation.Run(tape, 1, x);
    }

    protected override void Forward(in LaneBlock block)
    {
        var sum = Vector512<Real>.Zero;
        for (var m = 0; m < fields; m++)
        {
            for (var k = m + 1; k < fields; k++)
            {
                var (start, length) = Part(m, k);
                sum += Lanes.Dot(block.A + (m * dim) + start, block.A + (k * dim) + start, length);
            }
        }

        *block.Y = sum;
    }

    protected override void Backward(in LaneBlock block)
    {
        for (var m = 0; m < fields; m++)
        {
            for (var k = m + 1; k < fields; k++)
            {
                var (start, length) = Part(m, k);
                int left = (m * dim) + start, right = (k * dim) + start;
                Lanes.AddScaled(block.Da + left, *block.Dy, block.A + right, length);
                Lanes.AddScaled(block.Da + right, *block.Dy, block.A + left, length);
            }
        }
    }

    /// <summary>The columns of all pairs' parts side by side, those of m times those of k.</summary>
    public override void Describe(GraphTrace trace)
    {
        List<long> left = [], right = [];
        foreach (var (m, k) in InnerProducts.AllPairs(fields))
        {
            var (start, length) = Part(m, k);
            for (var i = start; i < start + length; i++)
            {
                left.Add((m * dim) + i);
                right.Add((k * dim) + i);
            }
        }

        trace[Y] = trace.Graph.Sum(trace.Graph.Multiply(Columns(left), Columns(right)), [1], keepsAxes: true);

        GraphValue Columns(List<long> places) => trace.Graph.Gather(trace[A], trace.Graph.Numbers([.. places]), axis: 1);
    }

    /// <summary>Where fields m and k meet; parts differ by at most one number where M does not divide D.</summary>
    private (int Start, int Length) Part(int m, int k)
    {
        var part = (m + k) % fields;
        var start = part * dim / fields;
        return (start, ((part + 1) * dim / fields) - start);
    }
}

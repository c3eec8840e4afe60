using System.Runtime.Intrinsics;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Inner products of all pairs of a sample's M vectors: x is (B, M·D), y is (B, M(M − 1)/2) with ⟨x_m, x_k⟩ in the order
/// (0, 1), (0, 2), …, (M − 2, M − 1).
/// </summary>
internal sealed unsafe class InnerProducts : LaneOperation
{
    private int fields, dim;

    public static Tensor Apply(Tape tape, Tensor x, int fields)
    {
        var operation = tape.Record<InnerProducts>();
        operation.fields = fields;
        operation.dim = x.Columns / fields;
        return operation.Run(tape, fields * (fields - 1) / 2, x);
    }

    protected override void Forward(in LaneBlock block)
    {
        var y = block.Y;
        for (var m = 0; m < fields; m++)
        {
            for (var k = m + 1; k < fields; k++) *y++ = Lanes.Dot(block.A + (m * dim), block.A + (k * dim), dim);
        }
    }

    /// <summary>dx_m += g x_k, dx_k += g x_m.</summary>
    protected override void Backward(in LaneBlock block)
    {
        var g = block.Dy;
        for (var m = 0; m < fields; m++)
        {
            for (var k = m + 1; k < fields; k++, g++)
            {
                Lanes.AddScaled(block.Da + (m * dim), *g, block.A + (k * dim), dim);
                Lanes.AddScaled(block.Da + (k * dim), *g, block.A + (m * dim), dim);
            }
        }
    }
}

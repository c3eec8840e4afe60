using System.Runtime.Intrinsics;
using AutoDim.Graphs;

namespace AutoDim.Autograd;

/// <summary>
/// Weighted sum of the elementwise products of all pairs: x is (B, M·D), the weights a are (B, M(M − 1)/2) in the order of
/// <see cref="InnerProducts"/>, y = Σ a_mk x_m ⊙ x_k is (B, D).
/// </summary>
internal sealed unsafe class WeightedPairs : LaneOperation
{
    private int fields, dim;

    public static Tensor Apply(Tape tape, Tensor x, Tensor weights, int fields)
    {
        var operation = tape.Record<WeightedPairs>();
        operation.fields = fields;
        operation.dim = x.Columns / fields;
        return operation.Run(tape, operation.dim, x, weights);
    }

    public override void Describe(GraphTrace trace)
    {
        var products = InnerProducts.Products(trace, A, dim, InnerProducts.AllPairs(fields));
        trace[Y] = trace.Graph.Reshape(trace.Graph.MatrixProduct(trace.Graph.Unsqueeze(trace[B], 1), products), -1, dim);
    }

    protected override void Forward(in LaneBlock block)
    {
        new Span<Vector512<Real>>(block.Y, dim).Clear();
        var weight = block.B;
        for (var m = 0; m < fields; m++)
        {
            for (var k = m + 1; k < fields; k++, weight++)
            {
                Vector512<Real>* left = block.A + (m * dim), right = block.A + (k * dim);
                for (var i = 0; i < dim; i++) block.Y[i] = Vector512.FusedMultiplyAdd(*weight * left[i], right[i], block.Y[i]);
            }
        }
    }

    /// <summary>da_mk = ⟨g, x_m ⊙ x_k⟩, dx_m += a_mk g ⊙ x_k, dx_k += a_mk g ⊙ x_m.</summary>
    protected override void Backward(in LaneBlock block)
    {
        Vector512<Real>* weight = block.B, weightGradient = block.Db;
        for (var m = 0; m < fields; m++)
        {
            for (var k = m + 1; k < fields; k++, weight++, weightGradient++)
            {
                Vector512<Real>* left = block.A + (m * dim), right = block.A + (k * dim);
                for (var i = 0; i < dim; i++)
                {
                    Vector512<Real> l = left[i], r = right[i], g = block.Dy[i], scaled = *weight * g;
                    *weightGradient = Vector512.FusedMultiplyAdd(g * l, r, *weightGradient);
                    block.Da[(m * dim) + i] = Vector512.FusedMultiplyAdd(scaled, r, block.Da[(m * dim) + i]);
                    block.Da[(k * dim) + i] = Vector512.FusedMultiplyAdd(scaled, l, block.Da[(k * dim) + i]);
                }
            }
        }
    }
}

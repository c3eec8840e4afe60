using System.Runtime.Intrinsics;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// Inner products of P pairs of a sample's M vectors: x is (B, M·D), y is (B, P) with ⟨x_m, x_k⟩ in the order of the pairs; all of them
/// come as (0, 1), (0, 2), …, (M − 2, M − 1).
/// </summary>
internal sealed unsafe class InnerProducts : LaneOperation
{
    private int dim;
    private (int Left, int Right)[] all = [], pairs = [];

    public static Tensor Apply(Tape tape, Tensor x, int fields, (int Left, int Right)[]? pairs = null)
    {
        var operation = tape.Record<InnerProducts>();
        operation.dim = x.Columns / fields;
        operation.pairs = pairs ?? operation.All(fields);
        return operation.Run(tape, operation.pairs.Length, x);
    }

    /// <summary>All pairs of M vectors.</summary>
    public static (int Left, int Right)[] AllPairs(int fields)
        => [.. Enumerable.Range(0, fields).SelectMany(m => Enumerable.Range(m + 1, fields - m - 1).Select(k => (m, k)))];

    protected override void Forward(in LaneBlock block)
    {
        for (var i = 0; i < pairs.Length; i++)
        {
            var (m, k) = pairs[i];
            block.Y[i] = Lanes.Dot(block.A + (m * dim), block.A + (k * dim), dim);
        }
    }

    /// <summary>dx_m += g x_k, dx_k += g x_m.</summary>
    protected override void Backward(in LaneBlock block)
    {
        for (var i = 0; i < pairs.Length; i++)
        {
            var (m, k) = pairs[i];
            Lanes.AddScaled(block.Da + (m * dim), block.Dy[i], block.A + (k * dim), dim);
            Lanes.AddScaled(block.Da + (k * dim), block.Dy[i], block.A + (m * dim), dim);
        }
    }

    public override void Describe(GraphTrace trace) => trace[Y] = trace.Graph.Sum(Products(trace, A, dim, pairs), [2]);

    /// <summary>x_m ⊙ x_k of some pairs in a graph: (B, M·D) → (B, P, D).</summary>
    public static GraphValue Products(GraphTrace trace, Tensor x, int dim, (int Left, int Right)[] pairs)
    {
        var vectors = trace.Graph.Reshape(trace[x], -1, x.Columns / dim, dim);
        return trace.Graph.Multiply(
            trace.Graph.Gather(vectors, trace.Graph.Numbers([.. pairs.Select(pair => (long)pair.Left)]), axis: 1),
            trace.Graph.Gather(vectors, trace.Graph.Numbers([.. pairs.Select(pair => (long)pair.Right)]), axis: 1));
    }

    /// <summary>Made anew only where the number of fields changes.</summary>
    private (int Left, int Right)[] All(int fields) => all.Length == fields * (fields - 1) / 2 ? all : all = AllPairs(fields);
}

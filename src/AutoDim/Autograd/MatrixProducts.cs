using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>Each row's own matrix product, row-major: (N, I·K), (N, K·J) → (N, I·J).</summary>
internal sealed unsafe class MatrixProducts : Operation
{
    private const int RowsPerChunk = 16;

    private Tape tape = null!;
    private Tensor a = null!, b = null!, y = null!;
    private int inner;

    /// <param name="inner">K.</param>
    public static Tensor Apply(Tape tape, Tensor a, Tensor b, int inner)
    {
        var operation = tape.Record<MatrixProducts>();
        operation.tape = tape;
        operation.a = a;
        operation.b = b;
        operation.inner = inner;
        operation.y = tape.NewTensor(a.Rows, a.Columns / inner * (b.Columns / inner));
        tape.Pool.For(a.Rows, RowsPerChunk, operation, static (op, first, last) => op.Forward(first, last));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (a.NeedsGradient) a.EnsureGradient();
        if (b.NeedsGradient) b.EnsureGradient();
        tape.Pool.For(a.Rows, RowsPerChunk, this, static (op, first, last) => op.InputGradients(first, last));
    }

    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var product = graph.MatrixProduct(graph.Reshape(trace[a], -1, Lines, inner), graph.Reshape(trace[b], -1, inner, Width));
        trace[y] = graph.Reshape(product, -1, y.Columns);
    }

    /// <summary>I.</summary>
    private int Lines => a.Columns / inner;

    /// <summary>J.</summary>
    private int Width => b.Columns / inner;

    private void Forward(int first, int last)
    {
        int lines = Lines, width = Width;
        new Span<Real>(y.Row(first), (last - first) * y.Columns).Clear();
        for (var row = first; row < last; row++)
        {
            for (var i = 0; i < lines; i++)
            {
                for (var k = 0; k < inner; k++) VectorKernels.AddScaled(y.Row(row) + (i * width), a.Row(row)[(i * inner) + k], b.Row(row) + (k * width), width);
            }
        }
    }

    /// <summary>da = dy·bᵀ, db = aᵀ·dy.</summary>
    private void InputGradients(int first, int last)
    {
        int lines = Lines, width = Width;
        for (var row = first; row < last; row++)
        {
            for (var i = 0; i < lines; i++)
            {
                var g = y.GradientRow(row) + (i * width);
                for (var k = 0; k < inner; k++)
                {
                    if (a.NeedsGradient) a.GradientRow(row)[(i * inner) + k] += VectorKernels.Dot(g, b.Row(row) + (k * width), width);
                    if (b.NeedsGradient) VectorKernels.AddScaled(b.GradientRow(row) + (k * width), a.Row(row)[(i * inner) + k], g, width);
                }
            }
        }
    }
}

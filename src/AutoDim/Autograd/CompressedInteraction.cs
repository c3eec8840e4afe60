using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Autograd;

/// <summary>
/// A layer of the compressed interaction network (Lian et al., 2018, eq. 6), for each coordinate d of a sample:
/// y_h,d = Σ_i Σ_j W_hij x_i,d x⁰_j,d. Coordinates come first, so that a coordinate's numbers lie together: x is (B, D·H),
/// x⁰ is (B, D·M), W is (H·M, O), y is (B, D·O). It is a matrix product of the outer products x ⊗ x⁰, which are made for a chunk
/// of coordinates at a time and made again in the backward pass: memory does not grow with the batch.
/// </summary>
internal sealed unsafe class CompressedInteraction : Operation
{
    /// <summary>Numbers of one chunk's outer products: 4 MB.</summary>
    private const int NumbersPerChunk = 1 << 20;

    private const int RowsPerChunk = 32;

    private Tape tape = null!;
    private Tensor x = null!, first = null!, weight = null!, y = null!;
    private int dim, fields, maps, firstRow;
    private Real* outer;

    public static Tensor Apply(Tape tape, Tensor x, Tensor first, Tensor weight, int dim)
    {
        var operation = tape.Record<CompressedInteraction>();
        operation.tape = tape;
        operation.x = x;
        operation.first = first;
        operation.weight = weight;
        operation.dim = dim;
        operation.maps = x.Columns / dim;
        operation.fields = first.Columns / dim;
        operation.y = tape.NewTensor(x.Rows, dim * weight.Columns);
        operation.outer = tape.NewScratch((long)Math.Min(operation.Rows, operation.ChunkRows) * weight.Rows);
        operation.Forward();
        return operation.y;
    }

    /// <summary>Coordinates of all samples.</summary>
    private int Rows => y.Rows * dim;

    private int ChunkRows => Math.Max(1, NumbersPerChunk / weight.Rows);

    public override void Backward()
    {
        if (!y.HasGradient) return;
        if (weight.NeedsGradient) weight.EnsureGradient();
        var needsInputs = x.NeedsGradient || first.NeedsGradient;
        if (x.NeedsGradient) x.EnsureGradient();
        if (first.NeedsGradient) first.EnsureGradient();
        for (firstRow = 0; firstRow < Rows; firstRow += ChunkRows)
        {
            var count = Math.Min(ChunkRows, Rows - firstRow);
            var gradient = View(y.Gradient + ((long)firstRow * weight.Columns), count, weight.Columns);
            if (weight.NeedsGradient) Gemm.Multiply(tape.Pool, tape.Scratch, OuterProducts(count).Transposed, gradient, weight.GradientView, accumulate: true);
            if (!needsInputs) continue;
            Gemm.Multiply(tape.Pool, tape.Scratch, gradient, weight.ValueView.Transposed, View(outer, count, weight.Rows));
            tape.Pool.For(count, RowsPerChunk, this, static (op, from, to) => op.InputGradients(from, to));
        }
    }

    public override void Describe(GraphTrace trace)
    {
        var outer = trace.Graph.Multiply(trace.Graph.Reshape(trace[x], -1, maps, 1), trace.Graph.Reshape(trace[first], -1, 1, fields));
        var y = trace.Graph.MatrixProduct(trace.Graph.Reshape(outer, -1, weight.Rows), trace[weight]);
        trace[this.y] = trace.Graph.Reshape(y, -1, this.y.Columns);
    }

    private static MatrixView View(Real* data, int rows, int columns) => new(data, rows, columns, columns);

    private void Forward()
    {
        for (firstRow = 0; firstRow < Rows; firstRow += ChunkRows)
        {
            var count = Math.Min(ChunkRows, Rows - firstRow);
            Gemm.Multiply(tape.Pool, tape.Scratch, OuterProducts(count), weight.ValueView, View(y.Value + ((long)firstRow * weight.Columns), count, weight.Columns));
        }
    }

    /// <summary>x ⊗ x⁰ of a chunk's coordinates: (count, H·M).</summary>
    private MatrixView OuterProducts(int count)
    {
        tape.Pool.For(count, RowsPerChunk, this, static (op, from, to) =>
        {
            for (var row = from; row < to; row++)
            {
                Real* left = op.Coordinates(op.x.Value, op.maps, row), right = op.Coordinates(op.first.Value, op.fields, row), product = op.outer + ((long)row * op.weight.Rows);
                for (var i = 0; i < op.maps; i++, product += op.fields) ElementKernels.Scale(product, left[i], right, op.fields);
            }
        });
        return View(outer, count, weight.Rows);
    }

    private Real* Coordinates(Real* data, int width, int row) => data + ((long)(firstRow + row) * width);

    /// <summary>With G the gradient of x ⊗ x⁰: dx_i += ⟨G_i, x⁰⟩, dx⁰ += Σ_i x_i G_i.</summary>
    private void InputGradients(int from, int to)
    {
        for (var row = from; row < to; row++)
        {
            Real* left = Coordinates(x.Value, maps, row), right = Coordinates(first.Value, fields, row), gradient = outer + ((long)row * weight.Rows);
            for (var i = 0; i < maps; i++, gradient += fields)
            {
                if (x.NeedsGradient) Coordinates(x.Gradient, maps, row)[i] += VectorKernels.Dot(gradient, right, fields);
                if (first.NeedsGradient) VectorKernels.AddScaled(Coordinates(first.Gradient, fields, row), left[i], gradient, fields);
            }
        }
    }
}

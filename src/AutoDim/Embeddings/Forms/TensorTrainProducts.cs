using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings.Forms;

/// <summary>
/// Vectors along a tensor train: of each distinct value u the product A_i (d₁, r)·B_j (r, d₂·r')·C_k (r', d₃) of its digits' matrices, row-major, as a row of (U, d₁·d₂·d₃). A matrix has up to some hundred thousand
/// numbers, and many values share it: it is read where it lies, values of one B_j together. A·B is kept for the backward pass alone.
/// </summary>
internal sealed unsafe class TensorTrainProducts : Operation
{
    private Tape tape = null!;
    private Core a, b, c;
    private Tensor y = null!;
    private int first, second, leftSize;
    private Real* left, leftGradient, aGradient;

    /// <param name="a">The first table's distinct rows, and which of them each value has; so the others.</param>
    /// <param name="first">r.</param>
    /// <param name="second">r'.</param>
    public static Tensor Apply(Tape tape, (Tensor Matrices, DistinctRows Rows) a, (Tensor Matrices, DistinctRows Rows) b, (Tensor Matrices, DistinctRows Rows) c, int first, int second)
    {
        var values = a.Rows.Entries;
        var operation = tape.Record<TensorTrainProducts>();
        (operation.tape, operation.first, operation.second) = (tape, first, second);
        (operation.a, operation.b, operation.c) = (new Core(tape, a.Matrices, a.Rows), new Core(tape, b.Matrices, b.Rows), new Core(tape, c.Matrices, c.Rows));
        operation.leftSize = a.Matrices.Columns / first * (b.Matrices.Columns / first);
        operation.left = tape.NewScratch((long)operation.leftSize * (tape.IsTraining ? values : tape.Pool.ThreadCount));
        operation.y = tape.NewTensor(values, operation.leftSize / second * (c.Matrices.Columns / second));
        tape.Pool.For(b.Matrices.Rows, 1, operation, static (op, begin, end, worker) => op.Forward(begin, end, worker));
        return operation.y;
    }

    public override void Backward()
    {
        if (!y.HasGradient || !a.Matrices.NeedsGradient) return;
        a.Matrices.EnsureGradient();
        b.Matrices.EnsureGradient();
        c.Matrices.EnsureGradient();
        leftGradient = Zeros(y.Rows, leftSize);
        aGradient = Zeros(y.Rows, a.Matrices.Columns);
        tape.Pool.For(c.Matrices.Rows, 1, this, static (op, begin, end) => op.LastGradients(begin, end));
        tape.Pool.For(b.Matrices.Rows, 1, this, static (op, begin, end) => op.MiddleGradients(begin, end));
        tape.Pool.For(a.Matrices.Rows, 1, this, static (op, begin, end) => op.FirstGradients(begin, end));
    }

    /// <summary>In a graph a lookup has a row for each entry already.</summary>
    public override void Describe(GraphTrace trace)
    {
        var graph = trace.Graph;
        var product = graph.MatrixProduct(graph.Reshape(trace[a.Matrices], -1, FirstShape.Lines, first), graph.Reshape(trace[b.Matrices], -1, first, FirstShape.Width));
        product = graph.MatrixProduct(graph.Reshape(product, -1, SecondShape.Lines, second), graph.Reshape(trace[c.Matrices], -1, second, SecondShape.Width));
        trace[y] = graph.Reshape(product, -1, y.Columns);
    }

    /// <summary>A·B.</summary>
    private ProductShape FirstShape => new(a.Matrices.Columns / first, first, b.Matrices.Columns / first);

    /// <summary>(A·B)·C; (d₁, d₂·r') lies in memory as (d₁·d₂, r') does.</summary>
    private ProductShape SecondShape => new(leftSize / second, second, c.Matrices.Columns / second);

    private void Forward(int begin, int end, int worker)
    {
        for (var row = begin; row < end; row++)
        {
            foreach (var value in b.ValuesOf(row))
            {
                var product = LeftOf(tape.IsTraining ? value : worker);
                new Span<Real>(product, leftSize).Clear();
                FirstShape.AddProduct(product, a.Of(value), b.Matrices.Row(row));
                new Span<Real>(y.Row(value), y.Columns).Clear();
                SecondShape.AddProduct(y.Row(value), product, c.Of(value));
            }
        }
    }

    private void LastGradients(int begin, int end)
    {
        for (var row = begin; row < end; row++)
        {
            foreach (var value in c.ValuesOf(row))
            {
                SecondShape.AddLeftGradient(leftGradient + ((long)value * leftSize), y.GradientRow(value), c.Matrices.Row(row));
                SecondShape.AddRightGradient(c.Matrices.GradientRow(row), y.GradientRow(value), LeftOf(value));
            }
        }
    }

    private void MiddleGradients(int begin, int end)
    {
        for (var row = begin; row < end; row++)
        {
            foreach (var value in b.ValuesOf(row))
            {
                var gradient = leftGradient + ((long)value * leftSize);
                FirstShape.AddLeftGradient(aGradient + ((long)value * a.Matrices.Columns), gradient, b.Matrices.Row(row));
                FirstShape.AddRightGradient(b.Matrices.GradientRow(row), gradient, a.Of(value));
            }
        }
    }

    private void FirstGradients(int begin, int end)
    {
        var columns = a.Matrices.Columns;
        for (var row = begin; row < end; row++)
        {
            foreach (var value in a.ValuesOf(row)) VectorKernels.AddScaled(a.Matrices.GradientRow(row), 1, aGradient + ((long)value * columns), columns);
        }
    }

    private Real* LeftOf(int place) => left + ((long)place * leftSize);

    private Real* Zeros(int rows, int columns)
    {
        var zeros = tape.NewScratch((long)rows * columns);
        for (var row = 0; row < rows; row++) new Span<Real>(zeros + ((long)row * columns), columns).Clear();
        return zeros;
    }

    /// <summary>One of the three tables: its matrices that occur, and the values of each, which lie together in <c>order</c>; those of row r end before place <c>ends[r]</c>.</summary>
    private readonly struct Core
    {
        private readonly DistinctRows rows;
        private readonly int* order, ends;

        public Core(Tape tape, Tensor matrices, DistinctRows rows)
        {
            (Matrices, this.rows) = (matrices, rows);
            order = tape.NewIntegers(rows.Entries);
            ends = tape.NewIntegers(rows.Count);
            var begin = 0;
            for (var row = 0; row < rows.Count; row++)
            {
                ends[row] = begin;
                begin += rows.Counts[row];
            }

            for (var value = 0; value < rows.Entries; value++) order[ends[rows.Positions[value]]++] = value;
        }

        public Tensor Matrices { get; }

        public ReadOnlySpan<int> ValuesOf(int row)
        {
            var begin = row == 0 ? 0 : ends[row - 1];
            return new ReadOnlySpan<int>(order + begin, ends[row] - begin);
        }

        /// <summary>The matrix of a value.</summary>
        public Real* Of(int value) => Matrices.Row(rows.Positions[value]);
    }

    /// <summary>X (I, K)·M (K, J) → Y (I, J) of numbers that lie row by row.</summary>
    private readonly record struct ProductShape(int Lines, int Inner, int Width)
    {
        /// <summary>Y += X·M.</summary>
        public void AddProduct(Real* y, Real* x, Real* m)
        {
            for (var k = 0; k < Inner; k++)
            {
                for (var i = 0; i < Lines; i++) VectorKernels.AddScaled(y + (i * Width), x[(i * Inner) + k], m + (k * Width), Width);
            }
        }

        /// <summary>dX += dY·Mᵀ.</summary>
        public void AddLeftGradient(Real* dx, Real* dy, Real* m)
        {
            for (var k = 0; k < Inner; k++)
            {
                for (var i = 0; i < Lines; i++) dx[(i * Inner) + k] += VectorKernels.Dot(dy + (i * Width), m + (k * Width), Width);
            }
        }

        /// <summary>dM += Xᵀ·dY.</summary>
        public void AddRightGradient(Real* dm, Real* dy, Real* x)
        {
            for (var k = 0; k < Inner; k++)
            {
                for (var i = 0; i < Lines; i++) VectorKernels.AddScaled(dm + (k * Width), x[(i * Inner) + k], dy + (i * Width), Width);
            }
        }
    }
}

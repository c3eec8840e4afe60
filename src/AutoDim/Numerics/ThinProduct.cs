using System.Numerics;

namespace AutoDim.Numerics;

/// <summary>Matrix products with so little reuse that packing would cost more than the arithmetic.</summary>
internal static unsafe class ThinProduct
{
    private const int ColumnsPerChunk = 64;

    /// <summary>Rows of C for which reading B as it lies is quicker than packing it first, and the columns of them that are summed together in the first-level cache.</summary>
    private const int FewRows = 4, FewRowsColumns = 512;

    /// <summary>Lines whose sums are kept in registers together.</summary>
    private const int Tile = 4;

    /// <summary>Computes the call if it is thin; false where the blocked product should.</summary>
    /// <param name="smallProduct">Multiplications up to which a product is thin whatever its shape.</param>
    /// <param name="innerBlock">Inner dimension that the blocked product sums in one go. A longer sum is left to it, so that a sample's result does not depend on how many others are in its batch.</param>
    public static bool TryMultiply(WorkerPool pool, GemmCall call, long smallProduct, int innerBlock)
    {
        int m = call.C.Rows, n = call.C.Columns, k = call.A.Columns;
        if (((long)m * n * k <= smallProduct && k <= innerBlock) || m == 0 || n == 0 || k == 0)
        {
            Rows(call, 0, m);
            return true;
        }

        if (m <= FewRows && k > 1 && n > 1 && call.B.ColumnStride == 1)
        {
            call.InnerBlock = innerBlock;
            pool.For((n + FewRowsColumns - 1) / FewRowsColumns, 1, call, static (call, first, last) =>
            {
                for (var chunk = first; chunk < last; chunk++) SumRows(call, chunk * FewRowsColumns);
            });
            return true;
        }

        if (k == 1 || (n == 1 && call.A.ColumnStride == 1 && call.B.RowStride == 1))
        {
            pool.For(m, Math.Max(1, (1 << 14) / Math.Max(n, k)), call, static (call, first, last) => Rows(call, first, last));
            return true;
        }

        if (n == 1 && call.A.RowStride == 1 && call.C.RowStride == 1)
        {
            pool.For(m, ColumnsPerChunk, call, static (call, first, last) => WeightedSum(call, first, last));
            return true;
        }

        return false;
    }

    /// <summary>Rows of C: inner products where both operands' lines lie contiguous, sums of B's rows where those do.</summary>
    private static void Rows(GemmCall call, int first, int last)
    {
        var c = call.C;
        if (call.B.RowStride == 1 && call.A.ColumnStride == 1) InnerProducts(call, first, last);
        else if (call.B.ColumnStride == 1) SumsOfRows(call, first, last);
        else NumberByNumber(call, first, last);
        if (call.Bias == null && !call.Relu) return;
        for (var i = first; i < last; i++) ElementKernels.AddBias(c.Data + ((long)i * c.RowStride), call.Bias, c.Columns, call.Relu);
    }

    /// <summary>c[i, j] = ⟨row i of A, column j of B⟩, four columns at a time so that their sums do not wait for each other.</summary>
    private static void InnerProducts(GemmCall call, int first, int last)
    {
        MatrixView a = call.A, b = call.B, c = call.C;
        var depth = a.Columns;
        var whole = depth - (depth % Vector<Real>.Count);
        var tiles = c.Columns - (c.Columns % Tile);
        for (var j = 0; j < tiles; j += Tile)
        {
            Real* b0 = Column(0), b1 = Column(1), b2 = Column(2), b3 = Column(3);
            for (var i = first; i < last; i++)
            {
                var row = a.Data + ((long)i * a.RowStride);
                Vector<Real> s0 = default, s1 = default, s2 = default, s3 = default;
                for (var k = 0; k < whole; k += Vector<Real>.Count)
                {
                    var value = Vector.Load(row + k);
                    s0 = Vector.FusedMultiplyAdd(value, Vector.Load(b0 + k), s0);
                    s1 = Vector.FusedMultiplyAdd(value, Vector.Load(b1 + k), s1);
                    s2 = Vector.FusedMultiplyAdd(value, Vector.Load(b2 + k), s2);
                    s3 = Vector.FusedMultiplyAdd(value, Vector.Load(b3 + k), s3);
                }

                Real t0 = Vector.Sum(s0), t1 = Vector.Sum(s1), t2 = Vector.Sum(s2), t3 = Vector.Sum(s3);
                for (var k = whole; k < depth; k++)
                {
                    t0 = Real.FusedMultiplyAdd(row[k], b0[k], t0);
                    t1 = Real.FusedMultiplyAdd(row[k], b1[k], t1);
                    t2 = Real.FusedMultiplyAdd(row[k], b2[k], t2);
                    t3 = Real.FusedMultiplyAdd(row[k], b3[k], t3);
                }

                var target = c.Data + ((long)i * c.RowStride) + j;
                target[0] = call.Accumulate ? target[0] + t0 : t0;
                target[1] = call.Accumulate ? target[1] + t1 : t1;
                target[2] = call.Accumulate ? target[2] + t2 : t2;
                target[3] = call.Accumulate ? target[3] + t3 : t3;
            }

            Real* Column(int offset) => b.Data + ((long)(j + offset) * b.ColumnStride);
        }

        for (var i = first; i < last; i++)
        {
            var row = a.Data + ((long)i * a.RowStride);
            for (var j = tiles; j < c.Columns; j++)
            {
                var product = VectorKernels.Dot(row, b.Data + ((long)j * b.ColumnStride), depth);
                c[i, j] = call.Accumulate ? c[i, j] + product : product;
            }
        }
    }

    /// <summary>c[i] = Σ_k a[i, k] · b[k]: four rows by two vectors stay in registers while k goes by; where fewer rows are left, the last is computed again.</summary>
    private static void SumsOfRows(GemmCall call, int first, int last)
    {
        MatrixView a = call.A, b = call.B, c = call.C;
        var width = Vector<Real>.Count;
        var whole = c.Columns - (c.Columns % width);
        for (var i = first; i < last; i += Tile)
        {
            Real* a0 = Row(a, 0), a1 = Row(a, 1), a2 = Row(a, 2), a3 = Row(a, 3), c0 = Row(c, 0), c1 = Row(c, 1), c2 = Row(c, 2), c3 = Row(c, 3);
            for (var j = 0; j < whole; j += 2 * width)
            {
                var next = j + width < whole ? j + width : j;
                Vector<Real> low0 = default, low1 = default, low2 = default, low3 = default, high0 = default, high1 = default, high2 = default, high3 = default;
                if (call.Accumulate)
                {
                    (low0, low1, low2, low3) = (Vector.Load(c0 + j), Vector.Load(c1 + j), Vector.Load(c2 + j), Vector.Load(c3 + j));
                    (high0, high1, high2, high3) = (Vector.Load(c0 + next), Vector.Load(c1 + next), Vector.Load(c2 + next), Vector.Load(c3 + next));
                }

                var line = b.Data;
                long step = 0;
                for (var k = 0; k < a.Columns; k++, line += b.RowStride, step += a.ColumnStride)
                {
                    Vector<Real> low = Vector.Load(line + j), high = Vector.Load(line + next);
                    var value = new Vector<Real>(a0[step]);
                    low0 = Vector.FusedMultiplyAdd(value, low, low0);
                    high0 = Vector.FusedMultiplyAdd(value, high, high0);
                    value = new Vector<Real>(a1[step]);
                    low1 = Vector.FusedMultiplyAdd(value, low, low1);
                    high1 = Vector.FusedMultiplyAdd(value, high, high1);
                    value = new Vector<Real>(a2[step]);
                    low2 = Vector.FusedMultiplyAdd(value, low, low2);
                    high2 = Vector.FusedMultiplyAdd(value, high, high2);
                    value = new Vector<Real>(a3[step]);
                    low3 = Vector.FusedMultiplyAdd(value, low, low3);
                    high3 = Vector.FusedMultiplyAdd(value, high, high3);
                }

                low3.Store(c3 + j);
                high3.Store(c3 + next);
                low2.Store(c2 + j);
                high2.Store(c2 + next);
                low1.Store(c1 + j);
                high1.Store(c1 + next);
                low0.Store(c0 + j);
                high0.Store(c0 + next);
            }

            Real* Row(MatrixView matrix, int offset) => matrix.Data + ((long)Math.Min(i + offset, last - 1) * matrix.RowStride);
        }

        if (whole < c.Columns) NumberByNumber(call, first, last, whole);
    }

    /// <summary>c[i, j] = Σ_k a[i, k] · b[k, j] from a column on.</summary>
    private static void NumberByNumber(GemmCall call, int first, int last, int column = 0)
    {
        MatrixView a = call.A, b = call.B, c = call.C;
        for (var i = first; i < last; i++)
        {
            for (var j = column; j < c.Columns; j++)
            {
                var sum = call.Accumulate ? c[i, j] : 0;
                for (var k = 0; k < a.Columns; k++) sum = Real.FusedMultiplyAdd(a[i, k], b[k, j], sum);
                c[i, j] = sum;
            }
        }
    }

    /// <summary>Some columns of a few rows: sums of B's rows, an inner block at a time as the blocked product adds them up, so that the bits are the same.</summary>
    private static void SumRows(GemmCall call, int column)
    {
        MatrixView a = call.A, b = call.B, c = call.C;
        var columns = Math.Min(FewRowsColumns, c.Columns - column);
        var block = stackalloc Real[FewRowsColumns];
        for (var i = 0; i < c.Rows; i++)
        {
            var target = c.Data + ((long)i * c.RowStride) + column;
            for (var inner = 0; inner < a.Columns; inner += call.InnerBlock)
            {
                new Span<Real>(block, columns).Clear();
                for (var k = inner; k < Math.Min(a.Columns, inner + call.InnerBlock); k++) VectorKernels.AddScaled(block, a[i, k], b.Data + ((long)k * b.RowStride) + column, columns);
                if (call.Accumulate || inner > 0) VectorKernels.AddScaled(target, 1, block, columns);
                else new ReadOnlySpan<Real>(block, columns).CopyTo(new Span<Real>(target, columns));
            }

            if (call.Bias != null || call.Relu) ElementKernels.AddBias(target, call.Bias == null ? null : call.Bias + column, columns, call.Relu);
        }
    }

    /// <summary>One column of C from A stored by columns: the sum of A's contiguous columns weighted by B.</summary>
    private static void WeightedSum(GemmCall call, int first, int last)
    {
        MatrixView a = call.A, b = call.B, c = call.C;
        var target = c.Data + first;
        if (!call.Accumulate) new Span<Real>(target, last - first).Clear();
        for (var k = 0; k < a.Columns; k++) VectorKernels.AddScaled(target, b[k, 0], a.Data + ((long)k * a.ColumnStride) + first, last - first);
        if (call.Bias == null && !call.Relu) return;
        for (var i = first; i < last; i++)
        {
            var value = c.Data[i] + (call.Bias == null ? 0 : call.Bias[0]);
            c.Data[i] = call.Relu ? Real.Max(0, value) : value;
        }
    }
}

using System.Numerics.Tensors;

namespace AutoDim.Numerics;

/// <summary>Matrix products with so little reuse that packing would cost more than the arithmetic.</summary>
internal static unsafe class ThinProduct
{
    private const int ColumnsPerChunk = 64;

    /// <summary>Rows of C for which reading B as it lies is quicker than packing it first, and the columns of them that are summed together in the first-level cache.</summary>
    private const int FewRows = 4, FewRowsColumns = 512;

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

    /// <summary>Rows of C one by one: sums of B's rows, or inner products where B's columns are contiguous.</summary>
    private static void Rows(GemmCall call, int first, int last)
    {
        MatrixView a = call.A, b = call.B, c = call.C;
        var byInnerProducts = b.RowStride == 1 && a.ColumnStride == 1;
        for (var i = first; i < last; i++)
        {
            var target = c.Data + ((long)i * c.RowStride);
            var isOuterProduct = a.Columns == 1 && b.ColumnStride == 1 && !call.Accumulate;
            if (!call.Accumulate && !isOuterProduct) new Span<Real>(target, c.Columns).Clear();
            if (isOuterProduct)
            {
                TensorPrimitives.Multiply(new ReadOnlySpan<Real>(b.Data, c.Columns), a[i, 0], new Span<Real>(target, c.Columns));
            }
            else if (byInnerProducts)
            {
                for (var j = 0; j < c.Columns; j++) target[j] += VectorKernels.Dot(a.Data + ((long)i * a.RowStride), b.Data + ((long)j * b.ColumnStride), a.Columns);
            }
            else if (b.ColumnStride == 1)
            {
                for (var k = 0; k < a.Columns; k++) VectorKernels.AddScaled(target, a[i, k], b.Data + ((long)k * b.RowStride), c.Columns);
            }
            else
            {
                for (var j = 0; j < c.Columns; j++)
                {
                    for (var k = 0; k < a.Columns; k++) target[j] += a[i, k] * b[k, j];
                }
            }

            if (call.Bias != null || call.Relu) ElementKernels.AddBias(target, call.Bias, c.Columns, call.Relu);
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

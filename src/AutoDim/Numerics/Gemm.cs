namespace AutoDim.Numerics;

/// <summary>
/// Matrix product C = A·B, blocked as in Goto and van de Geijn (2008): B packed in panels of a tile's columns, A read in place or
/// packed per block in strips of a tile's rows, the tile kept in registers. A tile is computed by one thread in a fixed order, so results
/// do not depend on the number of threads. Thin products (one column, one inner dimension, few multiplications) go without packing.
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>Inner dimension of a block: a packed panel of B (256 × 32 floats, 32 KB) stays in the first-level cache.</summary>
    private const int InnerBlock = 256;

    /// <summary>Inner dimension above which B would not stay in the second-level cache, and the slabs it is then cut into.</summary>
    private const int DeepProduct = 1024, SlabDepth = 512;

    /// <summary>Multiplications below which packing costs more than it saves.</summary>
    private const long SmallProduct = 1 << 12;

    /// <summary>C (M, N) = A (M, K)·B (K, N), or C + A·B; then + bias (N) on every row; then ReLU. C's columns are contiguous.</summary>
    /// <param name="kept">Where B, which is weights that stay as they are, remains packed for products to come; null: it is packed for this one.</param>
    public static void Multiply(WorkerPool pool, GemmScratch scratch, MatrixView a, MatrixView b, MatrixView c, bool accumulate = false, Real* bias = null, bool relu = false, KeptWeights? kept = null)
    {
        var call = scratch.Call;
        call.A = a;
        call.B = b;
        call.C = c;
        call.Accumulate = accumulate;
        call.Bias = bias;
        call.Relu = relu;
        call.Scratch = scratch;
        call.Kept = kept;
        if (ThinProduct.TryMultiply(pool, call, SmallProduct, InnerBlock)) return;
        switch (InstructionSets.Current)
        {
            case InstructionSet.Vector512:
                Run<GemmKernel512>(pool, call);
                break;
            case InstructionSet.Vector256:
                Run<GemmKernel256>(pool, call);
                break;
            case InstructionSet.Vector128:
                Run<GemmKernel128>(pool, call);
                break;
            default:
                Run<GemmKernelScalar>(pool, call);
                break;
        }
    }

    /// <summary>A deep product goes slab by slab, so that the slab of B stays in cache while all of A passes it.</summary>
    private static void Run<TKernel>(WorkerPool pool, GemmCall call)
        where TKernel : struct, IGemmKernel
    {
        MatrixView a = call.A, b = call.B;
        var bias = call.Bias;
        var relu = call.Relu;
        var slabDepth = a.Columns > DeepProduct ? SlabDepth : a.Columns;
        for (var first = 0; first < a.Columns; first += slabDepth)
        {
            var depth = Math.Min(slabDepth, a.Columns - first);
            var isLast = first + depth == a.Columns;
            call.A = new MatrixView(a.Data + ((long)first * a.ColumnStride), a.Rows, depth, a.RowStride, a.ColumnStride);
            call.B = new MatrixView(b.Data + ((long)first * b.RowStride), depth, b.Columns, b.RowStride, b.ColumnStride);
            call.Bias = isLast ? bias : null;
            call.Relu = isLast && relu;
            RunSlab<TKernel>(pool, call);
            call.Accumulate = true;
        }
    }

    private static void RunSlab<TKernel>(WorkerPool pool, GemmCall call)
        where TKernel : struct, IGemmKernel
    {
        int m = call.C.Rows, n = call.C.Columns, k = call.A.Columns;
        var panels = (n + TKernel.Columns - 1) / TKernel.Columns;
        var length = (long)panels * TKernel.Columns * k;
        var isNew = true;
        call.PackedB = call.Kept == null ? call.Scratch.PackedB(length) : call.Kept.Packed(call.B.Data, length, out isNew);
        call.BlockRows = BlockRows(m, TKernel.Rows, pool.ThreadCount);
        var edgeTile = TKernel.Rows * TKernel.Columns;
        call.Scratch.ReserveBlocks(pool.ThreadCount, ((long)call.BlockRows * Math.Min(InnerBlock, k)) + edgeTile);
        if (isNew)
        {
            pool.For(panels, 1, call, static (call, first, last) =>
            {
                for (var panel = first; panel < last; panel++) GemmPacking.PackPanel<TKernel>(call, panel);
            });
        }

        pool.For((m + call.BlockRows - 1) / call.BlockRows, 1, call, static (call, first, last, worker) =>
        {
            for (var block = first; block < last; block++) ComputeBlock<TKernel>(call, block, call.Scratch.Block(worker));
        });
    }

    /// <summary>About 96 rows, which keep a block of A in the second-level cache; fewer where there would be few blocks to share.</summary>
    private static int BlockRows(int rows, int tileRows, int threads)
    {
        var target = threads == 1 || rows >= 1024 ? 96 : 24; // every block reads all of B
        return Math.Max(tileRows, target / tileRows * tileRows);
    }

    private static void ComputeBlock<TKernel>(GemmCall call, int block, Real* packedA)
        where TKernel : struct, IGemmKernel
    {
        int k = call.A.Columns, n = call.C.Columns;
        var firstRow = block * call.BlockRows;
        var rows = Math.Min(call.BlockRows, call.C.Rows - firstRow);
        var edge = packedA + ((long)call.BlockRows * Math.Min(InnerBlock, k));
        var inPlace = IsReadInPlace(call.A) ? rows - (rows % TKernel.Rows) : 0;
        for (var inner = 0; inner < k; inner += InnerBlock)
        {
            var depth = Math.Min(InnerBlock, k - inner);
            GemmPacking.PackBlock<TKernel>(call.A, firstRow + inPlace, rows - inPlace, inner, depth, packedA);
            var add = call.Accumulate || inner > 0;
            for (var column = 0; column < n; column += TKernel.Columns)
            {
                var panel = call.PackedB + ((long)column * k) + ((long)inner * TKernel.Columns);
                for (var row = 0; row < rows; row += TKernel.Rows)
                {
                    var tile = row < inPlace
                        ? new GemmTile(call.A.Data + ((long)(firstRow + row) * call.A.RowStride) + inner, call.A.RowStride, 1, panel, depth)
                        : new GemmTile(packedA + ((long)(row - inPlace) * depth), 1, TKernel.Rows, panel, depth);
                    Tile<TKernel>(call, tile, firstRow + row, column, rows - row, add, edge);
                }
            }
        }

        if (call.Bias != null || call.Relu) Finish(call, firstRow, rows);
    }

    /// <summary>
    /// Rows that lie contiguous are read where they are, without packing; but not rows a multiple of 4 KB apart, which would
    /// all fall on the same few lines of the first-level cache.
    /// </summary>
    private static bool IsReadInPlace(MatrixView a) => a.ColumnStride == 1 && a.RowStride * sizeof(Real) % 4096 != 0;

    /// <summary>One tile of C; a tile that overhangs C is computed aside and its part inside copied.</summary>
    private static void Tile<TKernel>(GemmCall call, in GemmTile tile, int row, int column, int rowsLeft, bool add, Real* edge)
        where TKernel : struct, IGemmKernel
    {
        var c = call.C;
        var columnsLeft = c.Columns - column;
        var width = TKernel.Width(columnsLeft);
        var target = c.Data + ((long)row * c.RowStride) + column;
        if (rowsLeft >= TKernel.Rows && columnsLeft >= width)
        {
            TKernel.Multiply(tile, target, c.RowStride, width, add);
            return;
        }

        TKernel.Multiply(tile, edge, TKernel.Columns, width, add: false);
        width = Math.Min(columnsLeft, width);
        for (var r = 0; r < Math.Min(rowsLeft, TKernel.Rows); r++)
        {
            Real* source = edge + (r * TKernel.Columns), row0 = target + ((long)r * c.RowStride);
            if (add) VectorKernels.AddScaled(row0, 1, source, width);
            else new ReadOnlySpan<Real>(source, width).CopyTo(new Span<Real>(row0, width));
        }
    }

    /// <summary>Bias and ReLU while the block's rows are still in cache.</summary>
    private static void Finish(GemmCall call, int firstRow, int rows)
    {
        for (var row = firstRow; row < firstRow + rows; row++)
        {
            var target = call.C.Data + ((long)row * call.C.RowStride);
            ElementKernels.AddBias(target, call.Bias, call.C.Columns, call.Relu);
        }
    }
}

namespace AutoDim.Numerics;

/// <summary>Copies operands into the order in which a tile reads them, zeros where a tile overhangs.</summary>
internal static unsafe class GemmPacking
{
    /// <summary>Panel p of B (K, N), columns p·C … p·C + C - 1, as (K, C) at PackedB + p·C·K.</summary>
    public static void PackPanel<TKernel>(GemmCall call, int panel)
        where TKernel : struct, IGemmKernel
    {
        var b = call.B;
        var first = panel * TKernel.Columns;
        var width = Math.Min(TKernel.Columns, b.Columns - first);
        var target = call.PackedB + ((long)first * b.Rows);
        if (b.ColumnStride == 1)
        {
            for (var k = 0; k < b.Rows; k++, target += TKernel.Columns)
            {
                var row = new Span<Real>(target, TKernel.Columns);
                new ReadOnlySpan<Real>(b.Data + ((long)k * b.RowStride) + first, width).CopyTo(row);
                row[width..].Clear();
            }

            return;
        }

        Transpose(b.Data + ((long)first * b.ColumnStride), b.ColumnStride, b.RowStride, width, b.Rows, target, TKernel.Columns);
    }

    /// <summary>Rows [firstRow, firstRow + rows) and inner columns [inner, inner + depth) of A as strips of (depth, R).</summary>
    public static void PackBlock<TKernel>(MatrixView a, int firstRow, int rows, int inner, int depth, Real* target)
        where TKernel : struct, IGemmKernel
    {
        for (var row = 0; row < rows; row += TKernel.Rows, target += (long)TKernel.Rows * depth)
        {
            var height = Math.Min(TKernel.Rows, rows - row);
            var source = a.Data + ((long)(firstRow + row) * a.RowStride) + ((long)inner * a.ColumnStride);
            if (a.RowStride == 1)
            {
                for (var k = 0; k < depth; k++)
                {
                    var strip = new Span<Real>(target + ((long)k * TKernel.Rows), TKernel.Rows);
                    new ReadOnlySpan<Real>(source + ((long)k * a.ColumnStride), height).CopyTo(strip);
                    strip[height..].Clear();
                }

                continue;
            }

            Transpose(source, a.RowStride, a.ColumnStride, height, depth, target, TKernel.Rows);
        }
    }

    /// <summary>target[k·width + r] = source[r·lineStride + k·stepStride] for r below lines; zero for the rest of the width.</summary>
    private static void Transpose(Real* source, int lineStride, int stepStride, int lines, int depth, Real* target, int width)
    {
        // Eight steps at a time: a cache line of each source line is used whole while the target lines stay near.
        const int Steps = 8;
        for (var k = 0; k < depth; k += Steps)
        {
            var last = Math.Min(depth, k + Steps);
            for (var r = 0; r < lines; r++)
            {
                var line = source + ((long)r * lineStride);
                for (var step = k; step < last; step++) target[((long)step * width) + r] = line[(long)step * stepStride];
            }

            for (var step = k; step < last; step++) new Span<Real>(target + ((long)step * width) + lines, width - lines).Clear();
        }
    }
}

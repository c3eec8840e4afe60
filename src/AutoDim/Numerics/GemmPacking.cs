using System.Runtime.CompilerServices;

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
            CopyLines<WholePanel<TKernel>>(b.Data + first, b.RowStride, width, b.Rows, target);
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
                CopyLines<WholeStrip<TKernel>>(source, a.ColumnStride, height, depth, target);
                continue;
            }

            Transpose(source, a.RowStride, a.ColumnStride, height, depth, target, TKernel.Rows);
        }
    }

    /// <summary>A constant length, so that the copy of a whole line compiles to a few vector moves.</summary>
    private interface ILine
    {
        static abstract int Length { get; }
    }

    private readonly struct WholePanel<TKernel> : ILine
        where TKernel : struct, IGemmKernel
    {
        public static int Length => TKernel.Columns;
    }

    private readonly struct WholeStrip<TKernel> : ILine
        where TKernel : struct, IGemmKernel
    {
        public static int Length => TKernel.Rows;
    }

    /// <summary>target[k·Length + r] = source[k·stride + r] for r below width; zero for the rest of the line.</summary>
    private static void CopyLines<TLine>(Real* source, int stride, int width, int lines, Real* target)
        where TLine : struct, ILine
    {
        for (var k = 0; k < lines; k++, source += stride, target += TLine.Length)
        {
            if (width == TLine.Length)
            {
                Unsafe.CopyBlockUnaligned(target, source, (uint)(TLine.Length * sizeof(Real)));
                continue;
            }

            new ReadOnlySpan<Real>(source, width).CopyTo(new Span<Real>(target, width));
            new Span<Real>(target + width, TLine.Length - width).Clear();
        }
    }

    /// <summary>target[k·width + r] = source[r·lineStride + k·stepStride] for r below lines; zero for the rest of the width.</summary>
    private static void Transpose(Real* source, nint lineStride, nint stepStride, int lines, int depth, Real* target, nint width)
    {
        // Eight steps at a time: a cache line of each source line is used whole while the target lines stay near.
        const int Steps = 8;
        var k = 0;
        for (; k <= depth - Steps; k += Steps, source += Steps * stepStride, target += Steps * width)
        {
            Real* line = source, place = target;
            for (var r = 0; r < lines; r++, line += lineStride, place++)
            {
                place[0] = line[0];
                place[width] = line[stepStride];
                place[2 * width] = line[2 * stepStride];
                place[3 * width] = line[3 * stepStride];
                place[4 * width] = line[4 * stepStride];
                place[5 * width] = line[5 * stepStride];
                place[6 * width] = line[6 * stepStride];
                place[7 * width] = line[7 * stepStride];
            }

            for (var step = 0; step < Steps; step++) new Span<Real>(target + (step * width) + lines, (int)width - lines).Clear();
        }

        for (; k < depth; k++, source += stepStride, target += width)
        {
            for (var r = 0; r < lines; r++) target[r] = source[r * lineStride];
            new Span<Real>(target + lines, (int)width - lines).Clear();
        }
    }
}

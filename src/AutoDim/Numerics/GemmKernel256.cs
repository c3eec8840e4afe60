using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Numerics;

/// <summary>AVX2: 6 rows by two vectors, 12 of the 16 registers accumulate.</summary>
internal readonly unsafe struct GemmKernel256 : IGemmKernel
{
    public static int Rows => 6;

    public static int Columns => 2 * Vector256<Real>.Count;

    public static int Width(int columnsLeft) => Columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(in GemmTile tile, Real* c, int ldc, int width, bool add)
    {
        // a is (k, 6), b is (k, 2 vectors), c is (6, 2 vectors): c[r] += a[k, r] · b[k].
        Real* a = tile.A, a3 = a + (3 * tile.RowStride), b = tile.B;
        nint row = tile.RowStride, row2 = 2 * row, step = tile.StepStride;
        Vector256<Real> c0l = Vector256<Real>.Zero, c0h = Vector256<Real>.Zero;
        Vector256<Real> c1l = Vector256<Real>.Zero, c1h = Vector256<Real>.Zero;
        Vector256<Real> c2l = Vector256<Real>.Zero, c2h = Vector256<Real>.Zero;
        Vector256<Real> c3l = Vector256<Real>.Zero, c3h = Vector256<Real>.Zero;
        Vector256<Real> c4l = Vector256<Real>.Zero, c4h = Vector256<Real>.Zero;
        Vector256<Real> c5l = Vector256<Real>.Zero, c5h = Vector256<Real>.Zero;
        for (var last = b + ((long)tile.Depth * Columns); b < last; b += Columns, a += step, a3 += step)
        {
            Vector256<Real> low = Vector256.Load(b), high = Vector256.Load(b + Vector256<Real>.Count);
            Vector256<Real> value;
            value = Vector256.Create(a[0]);
            c0l = Vector256.FusedMultiplyAdd(value, low, c0l);
            c0h = Vector256.FusedMultiplyAdd(value, high, c0h);
            value = Vector256.Create(a[row]);
            c1l = Vector256.FusedMultiplyAdd(value, low, c1l);
            c1h = Vector256.FusedMultiplyAdd(value, high, c1h);
            value = Vector256.Create(a[row2]);
            c2l = Vector256.FusedMultiplyAdd(value, low, c2l);
            c2h = Vector256.FusedMultiplyAdd(value, high, c2h);
            value = Vector256.Create(a3[0]);
            c3l = Vector256.FusedMultiplyAdd(value, low, c3l);
            c3h = Vector256.FusedMultiplyAdd(value, high, c3h);
            value = Vector256.Create(a3[row]);
            c4l = Vector256.FusedMultiplyAdd(value, low, c4l);
            c4h = Vector256.FusedMultiplyAdd(value, high, c4h);
            value = Vector256.Create(a3[row2]);
            c5l = Vector256.FusedMultiplyAdd(value, low, c5l);
            c5h = Vector256.FusedMultiplyAdd(value, high, c5h);
        }

        Store(c + ((long)ldc * 0), c0l, c0h, add);
        Store(c + ((long)ldc * 1), c1l, c1h, add);
        Store(c + ((long)ldc * 2), c2l, c2h, add);
        Store(c + ((long)ldc * 3), c3l, c3h, add);
        Store(c + ((long)ldc * 4), c4l, c4h, add);
        Store(c + ((long)ldc * 5), c5l, c5h, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Real* c, Vector256<Real> low, Vector256<Real> high, bool add)
    {
        if (add)
        {
            low += Vector256.Load(c);
            high += Vector256.Load(c + Vector256<Real>.Count);
        }

        low.Store(c);
        high.Store(c + Vector256<Real>.Count);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Numerics;

/// <summary>AVX-512: 12 rows by two vectors, 24 of the 32 registers accumulate.</summary>
internal readonly unsafe struct GemmKernel512 : IGemmKernel
{
    public static int Rows => 12;

    public static int Columns => 2 * Vector512<Real>.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Real* a, Real* b, Real* c, int ldc, int k, bool add)
    {
        // a is (k, 12), b is (k, 2 vectors), c is (12, 2 vectors): c[r] += a[k, r] · b[k].
        Vector512<Real> c0l = Vector512<Real>.Zero, c0h = Vector512<Real>.Zero;
        Vector512<Real> c1l = Vector512<Real>.Zero, c1h = Vector512<Real>.Zero;
        Vector512<Real> c2l = Vector512<Real>.Zero, c2h = Vector512<Real>.Zero;
        Vector512<Real> c3l = Vector512<Real>.Zero, c3h = Vector512<Real>.Zero;
        Vector512<Real> c4l = Vector512<Real>.Zero, c4h = Vector512<Real>.Zero;
        Vector512<Real> c5l = Vector512<Real>.Zero, c5h = Vector512<Real>.Zero;
        Vector512<Real> c6l = Vector512<Real>.Zero, c6h = Vector512<Real>.Zero;
        Vector512<Real> c7l = Vector512<Real>.Zero, c7h = Vector512<Real>.Zero;
        Vector512<Real> c8l = Vector512<Real>.Zero, c8h = Vector512<Real>.Zero;
        Vector512<Real> c9l = Vector512<Real>.Zero, c9h = Vector512<Real>.Zero;
        Vector512<Real> c10l = Vector512<Real>.Zero, c10h = Vector512<Real>.Zero;
        Vector512<Real> c11l = Vector512<Real>.Zero, c11h = Vector512<Real>.Zero;
        for (var last = a + ((long)k * Rows); a < last; a += Rows, b += Columns)
        {
            Vector512<Real> low = Vector512.Load(b), high = Vector512.Load(b + Vector512<Real>.Count);
            Vector512<Real> value;
            value = Vector512.Create(a[0]);
            c0l = Vector512.FusedMultiplyAdd(value, low, c0l);
            c0h = Vector512.FusedMultiplyAdd(value, high, c0h);
            value = Vector512.Create(a[1]);
            c1l = Vector512.FusedMultiplyAdd(value, low, c1l);
            c1h = Vector512.FusedMultiplyAdd(value, high, c1h);
            value = Vector512.Create(a[2]);
            c2l = Vector512.FusedMultiplyAdd(value, low, c2l);
            c2h = Vector512.FusedMultiplyAdd(value, high, c2h);
            value = Vector512.Create(a[3]);
            c3l = Vector512.FusedMultiplyAdd(value, low, c3l);
            c3h = Vector512.FusedMultiplyAdd(value, high, c3h);
            value = Vector512.Create(a[4]);
            c4l = Vector512.FusedMultiplyAdd(value, low, c4l);
            c4h = Vector512.FusedMultiplyAdd(value, high, c4h);
            value = Vector512.Create(a[5]);
            c5l = Vector512.FusedMultiplyAdd(value, low, c5l);
            c5h = Vector512.FusedMultiplyAdd(value, high, c5h);
            value = Vector512.Create(a[6]);
            c6l = Vector512.FusedMultiplyAdd(value, low, c6l);
            c6h = Vector512.FusedMultiplyAdd(value, high, c6h);
            value = Vector512.Create(a[7]);
            c7l = Vector512.FusedMultiplyAdd(value, low, c7l);
            c7h = Vector512.FusedMultiplyAdd(value, high, c7h);
            value = Vector512.Create(a[8]);
            c8l = Vector512.FusedMultiplyAdd(value, low, c8l);
            c8h = Vector512.FusedMultiplyAdd(value, high, c8h);
            value = Vector512.Create(a[9]);
            c9l = Vector512.FusedMultiplyAdd(value, low, c9l);
            c9h = Vector512.FusedMultiplyAdd(value, high, c9h);
            value = Vector512.Create(a[10]);
            c10l = Vector512.FusedMultiplyAdd(value, low, c10l);
            c10h = Vector512.FusedMultiplyAdd(value, high, c10h);
            value = Vector512.Create(a[11]);
            c11l = Vector512.FusedMultiplyAdd(value, low, c11l);
            c11h = Vector512.FusedMultiplyAdd(value, high, c11h);
        }

        Store(c + ((long)ldc * 0), c0l, c0h, add);
        Store(c + ((long)ldc * 1), c1l, c1h, add);
        Store(c + ((long)ldc * 2), c2l, c2h, add);
        Store(c + ((long)ldc * 3), c3l, c3h, add);
        Store(c + ((long)ldc * 4), c4l, c4h, add);
        Store(c + ((long)ldc * 5), c5l, c5h, add);
        Store(c + ((long)ldc * 6), c6l, c6h, add);
        Store(c + ((long)ldc * 7), c7l, c7h, add);
        Store(c + ((long)ldc * 8), c8l, c8h, add);
        Store(c + ((long)ldc * 9), c9l, c9h, add);
        Store(c + ((long)ldc * 10), c10l, c10h, add);
        Store(c + ((long)ldc * 11), c11l, c11h, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Real* c, Vector512<Real> low, Vector512<Real> high, bool add)
    {
        if (add)
        {
            low += Vector512.Load(c);
            high += Vector512.Load(c + Vector512<Real>.Count);
        }

        low.Store(c);
        high.Store(c + Vector512<Real>.Count);
    }
}

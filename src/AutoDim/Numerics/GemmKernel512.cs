using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Numerics;

/// <summary>AVX-512: 12 rows by two vectors, 24 of the 32 registers accumulate.</summary>
internal readonly unsafe struct GemmKernel512 : IGemmKernel
{
    public static int Rows => 12;

    public static int Columns => 2 * Vector512<Real>.Count;

    /// <summary>Where only half a tile is left, one vector a row does.</summary>
    public static int Width(int columnsLeft) => columnsLeft <= Vector512<Real>.Count ? Vector512<Real>.Count : Columns;

    public static void Multiply(in GemmTile tile, Real* c, int ldc, int width, bool add)
    {
        if (width == Columns) Multiply<TwoVectors>(tile, c, ldc, add);
        else Multiply<OneVector>(tile, c, ldc, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply<TWidth>(in GemmTile tile, Real* c, int ldc, bool add)
        where TWidth : struct, IWidth
    {
        // a is (k, 12), b is (k, 2 vectors), c is (12, 1 or 2 vectors): c[r] += a[k, r] · b[k].
        // Four pointers and two multiples of the row stride reach twelve rows.
        Real* a = tile.A, a3 = a + (3 * tile.RowStride), a6 = a + (6 * tile.RowStride), a9 = a + (9 * tile.RowStride), b = tile.B;
        nint row = tile.RowStride, row2 = 2 * row, step = tile.StepStride;
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
        for (var last = b + ((long)tile.Depth * Columns); b < last; b += Columns, a += step, a3 += step, a6 += step, a9 += step)
        {
            Vector512<Real> low = Vector512.Load(b), high = TWidth.IsTwo ? Vector512.Load(b + Vector512<Real>.Count) : default;
            Vector512<Real> value;
            value = Vector512.Create(a[0]);
            c0l = Vector512.FusedMultiplyAdd(value, low, c0l);
            if (TWidth.IsTwo) c0h = Vector512.FusedMultiplyAdd(value, high, c0h);
            value = Vector512.Create(a[row]);
            c1l = Vector512.FusedMultiplyAdd(value, low, c1l);
            if (TWidth.IsTwo) c1h = Vector512.FusedMultiplyAdd(value, high, c1h);
            value = Vector512.Create(a[row2]);
            c2l = Vector512.FusedMultiplyAdd(value, low, c2l);
            if (TWidth.IsTwo) c2h = Vector512.FusedMultiplyAdd(value, high, c2h);
            value = Vector512.Create(a3[0]);
            c3l = Vector512.FusedMultiplyAdd(value, low, c3l);
            if (TWidth.IsTwo) c3h = Vector512.FusedMultiplyAdd(value, high, c3h);
            value = Vector512.Create(a3[row]);
            c4l = Vector512.FusedMultiplyAdd(value, low, c4l);
            if (TWidth.IsTwo) c4h = Vector512.FusedMultiplyAdd(value, high, c4h);
            value = Vector512.Create(a3[row2]);
            c5l = Vector512.FusedMultiplyAdd(value, low, c5l);
            if (TWidth.IsTwo) c5h = Vector512.FusedMultiplyAdd(value, high, c5h);
            value = Vector512.Create(a6[0]);
            c6l = Vector512.FusedMultiplyAdd(value, low, c6l);
            if (TWidth.IsTwo) c6h = Vector512.FusedMultiplyAdd(value, high, c6h);
            value = Vector512.Create(a6[row]);
            c7l = Vector512.FusedMultiplyAdd(value, low, c7l);
            if (TWidth.IsTwo) c7h = Vector512.FusedMultiplyAdd(value, high, c7h);
            value = Vector512.Create(a6[row2]);
            c8l = Vector512.FusedMultiplyAdd(value, low, c8l);
            if (TWidth.IsTwo) c8h = Vector512.FusedMultiplyAdd(value, high, c8h);
            value = Vector512.Create(a9[0]);
            c9l = Vector512.FusedMultiplyAdd(value, low, c9l);
            if (TWidth.IsTwo) c9h = Vector512.FusedMultiplyAdd(value, high, c9h);
            value = Vector512.Create(a9[row]);
            c10l = Vector512.FusedMultiplyAdd(value, low, c10l);
            if (TWidth.IsTwo) c10h = Vector512.FusedMultiplyAdd(value, high, c10h);
            value = Vector512.Create(a9[row2]);
            c11l = Vector512.FusedMultiplyAdd(value, low, c11l);
            if (TWidth.IsTwo) c11h = Vector512.FusedMultiplyAdd(value, high, c11h);
        }

        Store<TWidth>(c + ((long)ldc * 0), c0l, c0h, add);
        Store<TWidth>(c + ((long)ldc * 1), c1l, c1h, add);
        Store<TWidth>(c + ((long)ldc * 2), c2l, c2h, add);
        Store<TWidth>(c + ((long)ldc * 3), c3l, c3h, add);
        Store<TWidth>(c + ((long)ldc * 4), c4l, c4h, add);
        Store<TWidth>(c + ((long)ldc * 5), c5l, c5h, add);
        Store<TWidth>(c + ((long)ldc * 6), c6l, c6h, add);
        Store<TWidth>(c + ((long)ldc * 7), c7l, c7h, add);
        Store<TWidth>(c + ((long)ldc * 8), c8l, c8h, add);
        Store<TWidth>(c + ((long)ldc * 9), c9l, c9h, add);
        Store<TWidth>(c + ((long)ldc * 10), c10l, c10h, add);
        Store<TWidth>(c + ((long)ldc * 11), c11l, c11h, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWidth>(Real* c, Vector512<Real> low, Vector512<Real> high, bool add)
        where TWidth : struct, IWidth
    {
        (add ? low + Vector512.Load(c) : low).Store(c);
        if (TWidth.IsTwo) (add ? high + Vector512.Load(c + Vector512<Real>.Count) : high).Store(c + Vector512<Real>.Count);
    }

    /// <summary>A constant to compile the tile for, so that half a tile does half the work.</summary>
    private interface IWidth
    {
        static abstract bool IsTwo { get; }
    }

    private readonly struct OneVector : IWidth
    {
        public static bool IsTwo => false;
    }

    private readonly struct TwoVectors : IWidth
    {
        public static bool IsTwo => true;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Numerics;

/// <summary>
/// The two loops under everything that works on rows of an embedding dimension, 1 to some hundred numbers. Inlined, widest
/// vectors first, then a narrower one, then the rest: most dimensions are multiples of 8 or below it.
/// </summary>
internal static unsafe class VectorKernels
{
    /// <summary>y += a·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(Real* y, Real a, Real* x, int n)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated && n >= Vector512<Real>.Count)
        {
            var factor = Vector512.Create(a);
            for (; i <= n - Vector512<Real>.Count; i += Vector512<Real>.Count)
            {
                Vector512.FusedMultiplyAdd(factor, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            var factor = Vector256.Create(a);
            for (; i <= n - Vector256<Real>.Count; i += Vector256<Real>.Count)
            {
                Vector256.FusedMultiplyAdd(factor, Vector256.Load(x + i), Vector256.Load(y + i)).Store(y + i);
            }
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            var factor = Vector128.Create(a);
            for (; i <= n - Vector128<Real>.Count; i += Vector128<Real>.Count)
            {
                Vector128.FusedMultiplyAdd(factor, Vector128.Load(x + i), Vector128.Load(y + i)).Store(y + i);
            }
        }

        for (; i < n; i++) y[i] = Real.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>Σ x ⊙ y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real Dot(Real* x, Real* y, int n)
    {
        var i = 0;
        Real sum = 0;
        if (Vector512.IsHardwareAccelerated && n >= Vector512<Real>.Count)
        {
            var sums = Vector512<Real>.Zero;
            for (; i <= n - Vector512<Real>.Count; i += Vector512<Real>.Count)
            {
                sums = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(y + i), sums);
            }

            sum = Vector512.Sum(sums);
        }

        if (Vector256.IsHardwareAccelerated && n - i >= Vector256<Real>.Count)
        {
            var sums = Vector256<Real>.Zero;
            for (; i <= n - Vector256<Real>.Count; i += Vector256<Real>.Count)
            {
                sums = Vector256.FusedMultiplyAdd(Vector256.Load(x + i), Vector256.Load(y + i), sums);
            }

            sum += Vector256.Sum(sums);
        }
        else if (!Vector256.IsHardwareAccelerated && Vector128.IsHardwareAccelerated)
        {
            var sums = Vector128<Real>.Zero;
            for (; i <= n - Vector128<Real>.Count; i += Vector128<Real>.Count)
            {
                sums = Vector128.FusedMultiplyAdd(Vector128.Load(x + i), Vector128.Load(y + i), sums);
            }

            sum += Vector128.Sum(sums);
        }

        for (; i < n; i++) sum = Real.FusedMultiplyAdd(x[i], y[i], sum);
        return sum;
    }
}

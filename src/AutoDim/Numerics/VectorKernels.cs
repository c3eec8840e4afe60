namespace AutoDim.Numerics;
internal static unsafe class VectorKernels
{
    public static void AddScaled(Real* y, Real a, Real* x, int n) { for (var i = 0; i < n; i++) y[i] += a * x[i]; }
    public static Real Dot(Real* x, Real* y, int n) { Real s = 0; for (var i = 0; i < n; i++) s += x[i] * y[i]; return s; }
}

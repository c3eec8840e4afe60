namespace AutoDim.Numerics;
internal sealed class GemmScratch : IDisposable { public void Dispose() { } }
internal static unsafe class Gemm
{
    public static void Multiply(WorkerPool pool, GemmScratch scratch, MatrixView a, MatrixView b, MatrixView c, bool accumulate = false, Real* bias = null, bool relu = false)
    {
        for (var i = 0; i < c.Rows; i++) for (var j = 0; j < c.Columns; j++) {
            Real s = 0; for (var k = 0; k < a.Columns; k++) s += a[i, k] * b[k, j];
            if (accumulate) s += c[i, j]; if (bias != null) s += bias[j]; if (relu && s < 0) s = 0; c[i, j] = s; }
    }
}

namespace AutoDim.Numerics;

/// <summary>Matrix products inside a parallel loop: each worker of the loop has one of these and computes alone.</summary>
internal sealed unsafe class SerialGemm : IDisposable
{
    private readonly WorkerPool self = new(1);
    private readonly GemmScratch scratch = new();

    /// <summary>C (M, N) = A (M, K)·B (K, N), or C + A·B; then + bias (N) on every row; then ReLU.</summary>
    public void Multiply(MatrixView a, MatrixView b, MatrixView c, bool accumulate = false, Real* bias = null, bool relu = false) => Gemm.Multiply(self, scratch, a, b, c, accumulate, bias, relu);

    public void Dispose()
    {
        scratch.Dispose();
        self.Dispose();
    }
}

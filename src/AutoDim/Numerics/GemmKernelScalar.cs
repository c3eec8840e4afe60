namespace AutoDim.Numerics;

/// <summary>Plain loops: for machines without vectors, and the oracle of the other kernels.</summary>
internal readonly unsafe struct GemmKernelScalar : IGemmKernel
{
    public static int Rows => 4;

    public static int Columns => 8;

    public static void Multiply(Real* a, Real* b, Real* c, int ldc, int k, bool add)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                Real sum = 0;
                for (var i = 0; i < k; i++) sum = Real.FusedMultiplyAdd(a[(i * Rows) + row], b[(i * Columns) + column], sum);
                ref var target = ref c[((long)row * ldc) + column];
                target = add ? target + sum : sum;
            }
        }
    }
}

namespace AutoDim.Numerics;

/// <summary>Plain loops: for machines without vectors, and the oracle of the other kernels.</summary>
internal readonly unsafe struct GemmKernelScalar : IGemmKernel
{
    public static int Rows => 4;

    public static int Columns => 8;

    public static int Width(int columnsLeft) => Columns;

    public static void Multiply(in GemmTile tile, Real* c, int ldc, int width, bool add)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Columns; column++)
            {
                Real sum = 0;
                for (var i = 0; i < tile.Depth; i++)
                {
                    sum = Real.FusedMultiplyAdd(tile.A[(i * tile.StepStride) + (row * tile.RowStride)], tile.B[(i * Columns) + column], sum);
                }


                ref var target = ref c[((long)row * ldc) + column];
                target = add ? target + sum : sum;
            }
        }
    }
}

namespace AutoDim.Numerics;

/// <summary>
/// Operands of one tile: A's element (step k, row r) at A[k · StepStride + r · RowStride], packed or where the caller keeps it;
/// B packed, (Depth, Columns).
/// </summary>
internal readonly unsafe struct GemmTile(Real* a, nint rowStride, nint stepStride, Real* b, int depth)
{
    public readonly Real* A = a;
    public readonly nint RowStride = rowStride;
    public readonly nint StepStride = stepStride;
    public readonly Real* B = b;
    public readonly int Depth = depth;
}

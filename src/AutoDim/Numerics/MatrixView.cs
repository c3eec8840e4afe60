using System.Runtime.CompilerServices;

namespace AutoDim.Numerics;

/// <summary>A matrix in memory that somebody else owns: element (r, c) lies at Data[r * RowStride + c * ColumnStride].</summary>
internal readonly unsafe struct MatrixView(Real* data, int rows, int columns, int rowStride, int columnStride = 1)
{
    public readonly Real* Data = data;
    public readonly int Rows = rows;
    public readonly int Columns = columns;
    public readonly int RowStride = rowStride;
    public readonly int ColumnStride = columnStride;

    public MatrixView Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    public ref Real this[int row, int column]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Data[((long)row * RowStride) + ((long)column * ColumnStride)];
    }
}

namespace AutoDim.Numerics;

/// <summary>The innermost tile of a matrix product, in one instruction set.</summary>
internal unsafe interface IGemmKernel
{
    /// <summary>Rows of the tile: the strip of A that is worked on together.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile: the panel of B that is packed together.</summary>
    static abstract int Columns { get; }

    /// <summary>Columns a tile computes where so many are left of C: <see cref="Columns"/>, or fewer that suffice.</summary>
    static abstract int Width(int columnsLeft);

    /// <summary>c (Rows, width; row stride ldc) = a·b, or + a·b where asked.</summary>
    /// <param name="width">What <see cref="Width"/> gave.</param>
    static abstract void Multiply(in GemmTile tile, Real* c, int ldc, int width, bool add);
}

namespace AutoDim.Numerics;

/// <summary>The innermost tile of a matrix product, in one instruction set.</summary>
internal unsafe interface IGemmKernel
{
    /// <summary>Rows of the tile: the strip of A that is packed together.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of the tile: the panel of B that is packed together.</summary>
    static abstract int Columns { get; }

    /// <summary>
    /// c (Rows, Columns; row stride ldc) = a·b, or + a·b where asked. a is packed (k, Rows), b is packed (k, Columns).
    /// </summary>
    static abstract void Multiply(Real* a, Real* b, Real* c, int ldc, int k, bool add);
}

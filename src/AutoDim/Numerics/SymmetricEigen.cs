namespace AutoDim.Numerics;

/// <summary>
/// Eigenvalues and eigenvectors of a small symmetric matrix by cyclic Jacobi rotations (Golub, Van Loan: Matrix Computations, 8.5).
/// Accurate to rounding, O(n³) a sweep with some ten sweeps: for matrices of a table's dimension.
/// </summary>
internal sealed class SymmetricEigen
{
    private const int MostSweeps = 60;

    private SymmetricEigen(double[] values, double[,] vectors) => (Values, Vectors) = (values, vectors);

    /// <summary>Descending.</summary>
    public double[] Values { get; }

    /// <summary>(n, n): column k belongs to value k and has length 1.</summary>
    public double[,] Vectors { get; }

    /// <param name="matrix">(n, n), symmetric; not changed.</param>
    public static SymmetricEigen Of(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var (a, v) = ((double[,])matrix.Clone(), new double[n, n]);
        for (var i = 0; i < n; i++) v[i, i] = 1;
        for (var sweep = 0; sweep < MostSweeps && !IsDiagonal(a); sweep++)
        {
            for (var p = 0; p < n; p++)
            {
                for (var q = p + 1; q < n; q++) Rotate(a, v, p, q);
            }
        }

        var order = Enumerable.Range(0, n).OrderByDescending(k => a[k, k]).ToArray();
        var sorted = new double[n, n];
        for (var i = 0; i < n; i++)
        {
            for (var k = 0; k < n; k++) sorted[i, k] = v[i, order[k]];
        }

        return new SymmetricEigen([.. order.Select(k => a[k, k])], sorted);
    }

    private static bool IsDiagonal(double[,] a)
    {
        double diagonal = 0, rest = 0;
        for (var i = 0; i < a.GetLength(0); i++)
        {
            for (var j = 0; j < a.GetLength(1); j++)
            {
                if (i == j) diagonal += a[i, j] * a[i, j];
                else rest += a[i, j] * a[i, j];
            }
        }

        return rest <= 1e-30 * diagonal;
    }

    /// <summary>Turns the plane of p and q so that a[p, q] becomes 0.</summary>
    private static void Rotate(double[,] a, double[,] v, int p, int q)
    {
        if (a[p, q] == 0) return;
        var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        var t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var cosine = 1 / Math.Sqrt((t * t) + 1);
        var sine = t * cosine;
        for (var k = 0; k < a.GetLength(0); k++) (a[k, p], a[k, q]) = ((cosine * a[k, p]) - (sine * a[k, q]), (sine * a[k, p]) + (cosine * a[k, q]));
        for (var k = 0; k < a.GetLength(0); k++) (a[p, k], a[q, k]) = ((cosine * a[p, k]) - (sine * a[q, k]), (sine * a[p, k]) + (cosine * a[q, k]));
        for (var k = 0; k < a.GetLength(0); k++) (v[k, p], v[k, q]) = ((cosine * v[k, p]) - (sine * v[k, q]), (sine * v[k, p]) + (cosine * v[k, q]));
    }
}

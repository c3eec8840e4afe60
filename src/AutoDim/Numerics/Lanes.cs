using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AutoDim.Numerics;

/// <summary>
/// Samples in the lanes of a vector: <see cref="Count"/> rows of a matrix turned so that x[c] is column c of every one of them.
/// What an operation does to one sample's numbers, written as plain loops over x, then happens to all lanes at once, with no
/// remainders, whatever the number of fields and dimensions.
/// </summary>
internal static unsafe class Lanes
{
    /// <summary>Columns turned together, so that their vectors stay in the first-level cache.</summary>
    private const int BlockColumns = 16;

    /// <summary>Samples in a vector.</summary>
    public static int Count => Vector512<Real>.Count;

    /// <summary>target[c] = column c of the rows (samples, columns); lanes without a sample are 0.</summary>
    public static void Load(Real* rows, int columns, int samples, Vector512<Real>* target)
    {
        if (samples < Count) new Span<Vector512<Real>>(target, columns).Clear();
        var numbers = (Real*)target;
        for (var first = 0; first < columns; first += BlockColumns)
        {
            var last = Math.Min(columns, first + BlockColumns);
            if (IsSquare(samples, last - first))
            {
                SquareOfFloats.Transpose((float*)(rows + first), columns, (float*)(target + first), SquareOfFloats.Side);
                continue;
            }

            for (var lane = 0; lane < samples; lane++)
            {
                var row = rows + ((long)lane * columns);
                for (var c = first; c < last; c++) numbers[(c * Count) + lane] = row[c];
            }
        }
    }

    /// <summary>The way back: column c of the rows becomes source[c], added where asked.</summary>
    public static void Store(Vector512<Real>* source, Real* rows, int columns, int samples, bool add = false)
    {
        var numbers = (Real*)source;
        for (var first = 0; first < columns; first += BlockColumns)
        {
            var last = Math.Min(columns, first + BlockColumns);
            if (IsSquare(samples, last - first))
            {
                SquareOfFloats.Transpose((float*)(source + first), SquareOfFloats.Side, (float*)(rows + first), columns, add);
                continue;
            }

            for (var lane = 0; lane < samples; lane++)
            {
                var row = rows + ((long)lane * columns);
                if (add) for (var c = first; c < last; c++) row[c] += numbers[(c * Count) + lane];
                else for (var c = first; c < last; c++) row[c] = numbers[(c * Count) + lane];
            }
        }
    }

    private static bool IsSquare(int samples, int columns) => sizeof(Real) == sizeof(float) && SquareOfFloats.IsSupported && samples == SquareOfFloats.Side && columns == SquareOfFloats.Side;

    /// <summary>Σ over i of x[i]·y[i], for each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<Real> Dot(Vector512<Real>* x, Vector512<Real>* y, int n)
    {
        var sum = Vector512<Real>.Zero;
        for (var i = 0; i < n; i++) sum = Vector512.FusedMultiplyAdd(x[i], y[i], sum);
        return sum;
    }

    /// <summary>y[i] += a·x[i], for each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled(Vector512<Real>* y, Vector512<Real> a, Vector512<Real>* x, int n)
    {
        for (var i = 0; i < n; i++) y[i] = Vector512.FusedMultiplyAdd(a, x[i], y[i]);
    }

    /// <summary>y = exp(x) / Σ exp(x) over n numbers, for each lane; the largest is taken off first, so nothing overflows.</summary>
    public static void Softmax(Vector512<Real>* x, Vector512<Real>* y, int n)
    {
        var largest = x[0];
        for (var i = 1; i < n; i++) largest = Vector512.Max(largest, x[i]);
        var sum = Vector512<Real>.Zero;
        for (var i = 0; i < n; i++)
        {
            y[i] = Vector512.Exp(x[i] - largest);
            sum += y[i];
        }

        for (var i = 0; i < n; i++) y[i] /= sum;
    }

    /// <summary>dx += y ⊙ (g − ⟨y, g⟩): the gradient of <see cref="Softmax"/>.</summary>
    public static void AddSoftmaxGradient(Vector512<Real>* dx, Vector512<Real>* y, Vector512<Real>* g, int n)
    {
        var mean = Dot(y, g, n);
        for (var i = 0; i < n; i++) dx[i] = Vector512.FusedMultiplyAdd(y[i], g[i] - mean, dx[i]);
    }
}

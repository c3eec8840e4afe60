using System.Numerics;
using System.Runtime.CompilerServices;

namespace AutoDim.Numerics;

/// <summary>
/// Elementwise loops of the tape's operations, n numbers each. Every one is the same skeleton: whole vectors of the machine's
/// width (<see cref="Vector{T}"/>), then the rest one by one with the same arithmetic.
/// </summary>
internal static unsafe class ElementKernels
{
    private static int Width => Vector<Real>.Count;

    /// <summary>y += a ⊙ b.</summary>
    public static void AddProduct(Real* y, Real* a, Real* b, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width) Vector.FusedMultiplyAdd(Vector.Load(a + i), Vector.Load(b + i), Vector.Load(y + i)).Store(y + i);
        for (; i < n; i++) y[i] = Real.FusedMultiplyAdd(a[i], b[i], y[i]);
    }

    /// <summary>y = a + b.</summary>
    public static void Add(Real* y, Real* a, Real* b, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width) (Vector.Load(a + i) + Vector.Load(b + i)).Store(y + i);
        for (; i < n; i++) y[i] = a[i] + b[i];
    }

    /// <summary>y = a ⊙ b.</summary>
    public static void Multiply(Real* y, Real* a, Real* b, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width) (Vector.Load(a + i) * Vector.Load(b + i)).Store(y + i);
        for (; i < n; i++) y[i] = a[i] * b[i];
    }

    /// <summary>y = a·x.</summary>
    public static void Scale(Real* y, Real a, Real* x, int n)
    {
        var factor = new Vector<Real>(a);
        var i = 0;
        for (; i <= n - Width; i += Width) (factor * Vector.Load(x + i)).Store(y + i);
        for (; i < n; i++) y[i] = a * x[i];
    }

    /// <summary>target += g ⊙ (1 − y²): through y = tanh.</summary>
    public static void AddTanhGradient(Real* target, Real* g, Real* y, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var value = Vector.Load(y + i);
            Vector.FusedMultiplyAdd(Vector.Load(g + i), Vector<Real>.One - (value * value), Vector.Load(target + i)).Store(target + i);
        }

        for (; i < n; i++) target[i] = Real.FusedMultiplyAdd(g[i], 1 - (y[i] * y[i]), target[i]);
    }

    /// <summary>target += g ⊙ s ⊙ (1 − s/2): through s = 2σ.</summary>
    public static void AddGateGradient(Real* target, Real* g, Real* s, int n)
    {
        var half = new Vector<Real>((Real)0.5);
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var value = Vector.Load(s + i);
            Vector.FusedMultiplyAdd(Vector.Load(g + i) * value, Vector<Real>.One - (half * value), Vector.Load(target + i)).Store(target + i);
        }

        for (; i < n; i++) target[i] = Real.FusedMultiplyAdd(g[i] * s[i], 1 - ((Real)0.5 * s[i]), target[i]);
    }

    /// <summary>target += g ⊙ (a − b); the gradient of pooling by pairs.</summary>
    public static void AddProductOfDifference(Real* target, Real* g, Real* a, Real* b, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            Vector.FusedMultiplyAdd(Vector.Load(g + i), Vector.Load(a + i) - Vector.Load(b + i), Vector.Load(target + i)).Store(target + i);
        }

        for (; i < n; i++) target[i] = Real.FusedMultiplyAdd(g[i], a[i] - b[i], target[i]);
    }

    /// <summary>y += (a − b)².</summary>
    public static void AddSquaredDifference(Real* y, Real* a, Real* b, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var difference = Vector.Load(a + i) - Vector.Load(b + i);
            Vector.FusedMultiplyAdd(difference, difference, Vector.Load(y + i)).Store(y + i);
        }

        for (; i < n; i++) y[i] = Real.FusedMultiplyAdd(a[i] - b[i], a[i] - b[i], y[i]);
    }

    /// <summary>centred = x − mean, weighted = weight · (x − mean).</summary>
    public static void CentreAndScale(Real* x, Real* mean, Real weight, Real* centred, Real* weighted, int n)
    {
        var factor = new Vector<Real>(weight);
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var difference = Vector.Load(x + i) - Vector.Load(mean + i);
            difference.Store(centred + i);
            (factor * difference).Store(weighted + i);
        }

        for (; i < n; i++)
        {
            centred[i] = x[i] - mean[i];
            weighted[i] = weight * centred[i];
        }
    }

    /// <summary>g = 0 where y is not positive.</summary>
    public static void MaskWherePositive(Real* g, Real* y, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var positive = Vector.GreaterThan(Vector.Load(y + i), Vector<Real>.Zero);
            Vector.ConditionalSelect(positive, Vector.Load(g + i), Vector<Real>.Zero).Store(g + i);
        }

        for (; i < n; i++) g[i] = y[i] > 0 ? g[i] : 0;
    }

    /// <summary>y = a·x where y was positive, else 0.</summary>
    public static void ScaleWherePositive(Real* y, Real a, Real* x, int n)
    {
        var factor = new Vector<Real>(a);
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var positive = Vector.GreaterThan(Vector.Load(y + i), Vector<Real>.Zero);
            Vector.ConditionalSelect(positive, factor * Vector.Load(x + i), Vector<Real>.Zero).Store(y + i);
        }

        for (; i < n; i++) y[i] = y[i] > 0 ? a * x[i] : 0;
    }

    /// <summary>n rounded up to whole vectors.</summary>
    public static int WholeVectors(int n) => (n + Width - 1) / Width * Width;

    /// <summary>
    /// x ← exp(x) / Σ exp(x) down each column of x (rows, columns), columns being <see cref="WholeVectors"/>; the largest of a column is taken off first. Down the
    /// columns nothing is summed across a vector.
    /// </summary>
    public static void SoftmaxOfColumns(Real* x, int rows, int columns)
    {
        for (var column = x; column < x + columns; column += Width)
        {
            var end = column + ((long)rows * columns);
            var largest = Vector.Load(column);
            for (var at = column + columns; at < end; at += columns) largest = Vector.Max(largest, Vector.Load(at));
            var sum = Vector<Real>.Zero;
            for (var at = column; at < end; at += columns)
            {
                var power = Vector.Exp(Vector.Load(at) - largest);
                power.Store(at);
                sum += power;
            }

            var share = Vector<Real>.One / sum;
            for (var at = column; at < end; at += columns) (Vector.Load(at) * share).Store(at);
        }
    }

    /// <summary>g ← y ⊙ (g − Σ y ⊙ g), the sum down each column: the gradient of <see cref="SoftmaxOfColumns"/> in place of its output's.</summary>
    public static void SoftmaxOfColumnsGradient(Real* g, Real* y, int rows, int columns)
    {
        for (var column = 0; column < columns; column += Width)
        {
            var end = column + ((long)rows * columns);
            var mean = Vector<Real>.Zero;
            for (long at = column; at < end; at += columns) mean = Vector.FusedMultiplyAdd(Vector.Load(y + at), Vector.Load(g + at), mean);
            for (long at = column; at < end; at += columns) (Vector.Load(y + at) * (Vector.Load(g + at) - mean)).Store(g + at);
        }
    }

    /// <summary>y = x ⊙ factor + offset, then ReLU where asked.</summary>
    public static void ScaleShift(Real* y, Real* x, Real* factor, Real* offset, int n, bool relu)
    {
        var floor = new Vector<Real>(relu ? 0 : Real.NegativeInfinity);
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            Vector.Max(floor, Vector.FusedMultiplyAdd(Vector.Load(x + i), Vector.Load(factor + i), Vector.Load(offset + i))).Store(y + i);
        }

        for (; i < n; i++) y[i] = Real.Max(floor[0], Real.FusedMultiplyAdd(x[i], factor[i], offset[i]));
    }

    /// <summary>y = (x − mean) ⊙ factor.</summary>
    public static void Normalise(Real* y, Real* x, Real* mean, Real* factor, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width) ((Vector.Load(x + i) - Vector.Load(mean + i)) * Vector.Load(factor + i)).Store(y + i);
        for (; i < n; i++) y[i] = (x[i] - mean[i]) * factor[i];
    }

    /// <summary>y = x ⊙ (p + (1 − p) ⊙ slope): Dice from its gate p.</summary>
    public static void Dice(Real* y, Real* x, Real* p, Real* slope, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width) (Vector.Load(x + i) * DiceFactor(Vector.Load(p + i), Vector.Load(slope + i))).Store(y + i);
        for (; i < n; i++) y[i] = x[i] * Real.FusedMultiplyAdd(p[i], 1 - slope[i], slope[i]);
    }

    /// <summary>Through Dice: ofSlope = g ⊙ x ⊙ (1 − p), and of what the gate was taken of, ofGate = g ⊙ x ⊙ (1 − slope) ⊙ p ⊙ (1 − p).</summary>
    public static void DicePartGradients(Real* ofSlope, Real* ofGate, Real* g, Real* x, Real* p, Real* slope, int n)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var gate = Vector.Load(p + i);
            var below = Vector.Load(g + i) * Vector.Load(x + i) * (Vector<Real>.One - gate);
            below.Store(ofSlope + i);
            (below * gate * (Vector<Real>.One - Vector.Load(slope + i))).Store(ofGate + i);
        }

        for (; i < n; i++)
        {
            ofSlope[i] = g[i] * x[i] * (1 - p[i]);
            ofGate[i] = ofSlope[i] * p[i] * (1 - slope[i]);
        }
    }

    /// <summary>target = g ⊙ (p + (1 − p) ⊙ slope) + ofGate ⊙ inverse + x ⊙ factor + offset, added where asked.</summary>
    public static void DiceGradient(Real* target, Real* g, Real* p, Real* slope, Real* ofGate, Real* inverse, Real* x, Real* factor, Real* offset, int n, bool add)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var sum = Vector.FusedMultiplyAdd(Vector.Load(x + i), Vector.Load(factor + i), Vector.Load(offset + i));
            sum = Vector.FusedMultiplyAdd(Vector.Load(ofGate + i), Vector.Load(inverse + i), sum);
            sum = Vector.FusedMultiplyAdd(Vector.Load(g + i), DiceFactor(Vector.Load(p + i), Vector.Load(slope + i)), sum);
            (add ? sum + Vector.Load(target + i) : sum).Store(target + i);
        }

        for (; i < n; i++)
        {
            var sum = Real.FusedMultiplyAdd(ofGate[i], inverse[i], Real.FusedMultiplyAdd(x[i], factor[i], offset[i]));
            sum = Real.FusedMultiplyAdd(g[i], Real.FusedMultiplyAdd(p[i], 1 - slope[i], slope[i]), sum);
            target[i] = add ? sum + target[i] : sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<Real> DiceFactor(Vector<Real> p, Vector<Real> slope) => Vector.FusedMultiplyAdd(p, Vector<Real>.One - slope, slope);

    /// <summary>target = g ⊙ slope + x ⊙ factor + offset, added where asked.</summary>
    public static void ScaleShiftGradient(Real* target, Real* g, Real* slope, Real* x, Real* factor, Real* offset, int n, bool add)
    {
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var sum = Vector.FusedMultiplyAdd(Vector.Load(x + i), Vector.Load(factor + i), Vector.Load(offset + i));
            sum = Vector.FusedMultiplyAdd(Vector.Load(g + i), Vector.Load(slope + i), sum);
            (add ? sum + Vector.Load(target + i) : sum).Store(target + i);
        }

        for (; i < n; i++)
        {
            var sum = Real.FusedMultiplyAdd(g[i], slope[i], Real.FusedMultiplyAdd(x[i], factor[i], offset[i]));
            target[i] = add ? sum + target[i] : sum;
        }
    }

    /// <summary>target += scale·(a − b); the gradient of the factorization machine's pooling.</summary>
    public static void AddScaledDifference(Real* target, Real scale, Real* a, Real* b, int n)
    {
        var factor = new Vector<Real>(scale);
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            Vector.FusedMultiplyAdd(factor, Vector.Load(a + i) - Vector.Load(b + i), Vector.Load(target + i)).Store(target + i);
        }

        for (; i < n; i++) target[i] = Real.FusedMultiplyAdd(scale, a[i] - b[i], target[i]);
    }

    /// <summary>
    /// Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8: m += (1 − β₁)(g − m), v += (1 − β₂)(g² − v),
    /// w −= rate · m / (√v · rootCorrection + ε); rate and rootCorrection hold the bias corrections.
    /// </summary>
    public static void Adam(Real* w, Real* g, Real* m, Real* v, Real rate, Real rootCorrection, int n)
    {
        Real first = (Real)0.1, second = (Real)0.001, epsilon = (Real)1e-8;
        if (n >= Width)
        {
            // The last vector may overlap the one before it: its operands are read before that one is written.
            var last = n - Width;
            Vector<Real> lastW = Vector.Load(w + last), lastG = Vector.Load(g + last), lastM = Vector.Load(m + last), lastV = Vector.Load(v + last);
            for (var i = 0; i < last; i += Width) AdamVector(w, Vector.Load(w + i), Vector.Load(g + i), Vector.Load(m + i), Vector.Load(v + i), m, v, rate, rootCorrection, i);
            AdamVector(w, lastW, lastG, lastM, lastV, m, v, rate, rootCorrection, last);
            return;
        }

        for (var i = 0; i < n; i++)
        {
            m[i] = Real.FusedMultiplyAdd(first, g[i] - m[i], m[i]);
            v[i] = Real.FusedMultiplyAdd(second, (g[i] * g[i]) - v[i], v[i]);
            w[i] -= rate * m[i] / Real.FusedMultiplyAdd(Real.Sqrt(v[i]), rootCorrection, epsilon);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AdamVector(Real* w, Vector<Real> w0, Vector<Real> gradient, Vector<Real> m0, Vector<Real> v0, Real* m, Real* v, Real rate, Real rootCorrection, int i)
    {
        var m1 = Vector.FusedMultiplyAdd(new((Real)0.1), gradient - m0, m0);
        var v1 = Vector.FusedMultiplyAdd(new((Real)0.001), (gradient * gradient) - v0, v0);
        m1.Store(m + i);
        v1.Store(v + i);
        (w0 - (new Vector<Real>(rate) * m1 / Vector.FusedMultiplyAdd(Vector.SquareRoot(v1), new(rootCorrection), new((Real)1e-8)))).Store(w + i);
    }

    /// <summary>y += bias where there is one, then ReLU where asked.</summary>
    public static void AddBias(Real* y, Real* bias, int n, bool relu)
    {
        var floor = new Vector<Real>(relu ? 0 : Real.NegativeInfinity);
        var i = 0;
        for (; i <= n - Width; i += Width)
        {
            var sum = bias == null ? Vector.Load(y + i) : Vector.Load(y + i) + Vector.Load(bias + i);
            Vector.Max(floor, sum).Store(y + i);
        }

        for (; i < n; i++) y[i] = Real.Max(floor[0], bias == null ? y[i] : y[i] + bias[i]);
    }
}

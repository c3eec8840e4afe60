using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

/// <summary>Elementwise kernels against plain loops, at every length around the vectors' widths.</summary>
public sealed unsafe class ElementKernelsTests
{
    private const int Longest = 70;
    private static readonly double Tolerance = sizeof(Real) == 8 ? 1e-14 : 2e-6;

    private delegate void Kernel(Real* y, Real* a, Real* b, Real* c, Real* d, Real* e, int n);

    private delegate double Expected(double y, double a, double b, double c, double d, double e);

    [Fact]
    public void Add_AnyLength_EqualsPlainLoop() => Check((y, a, b, _, _, _, n) => ElementKernels.Add(y, a, b, n), (_, a, b, _, _, _) => a + b);

    [Fact]
    public void Multiply_AnyLength_EqualsPlainLoop() => Check((y, a, b, _, _, _, n) => ElementKernels.Multiply(y, a, b, n), (_, a, b, _, _, _) => a * b);

    [Fact]
    public void Scale_AnyLength_EqualsPlainLoop() => Check((y, a, _, _, _, _, n) => ElementKernels.Scale(y, (Real)0.7, a, n), (_, a, _, _, _, _) => (Real)0.7 * a);

    [Fact]
    public void AddTanhGradient_AnyLength_EqualsPlainLoop()
        => Check((y, a, b, _, _, _, n) => ElementKernels.AddTanhGradient(y, a, b, n), (y, a, b, _, _, _) => y + (a * (1 - (b * b))));

    [Fact]
    public void AddGateGradient_AnyLength_EqualsPlainLoop()
        => Check((y, a, b, _, _, _, n) => ElementKernels.AddGateGradient(y, a, b, n), (y, a, b, _, _, _) => y + (a * b * (1 - (b / 2))));

    [Fact]
    public void AddProductOfDifference_AnyLength_EqualsPlainLoop()
        => Check((y, a, b, c, _, _, n) => ElementKernels.AddProductOfDifference(y, a, b, c, n), (y, a, b, c, _, _) => y + (a * (b - c)));

    [Fact]
    public void AddProduct_AnyLength_EqualsPlainLoop()
        => Check((y, a, b, _, _, _, n) => ElementKernels.AddProduct(y, a, b, n), (y, a, b, _, _, _) => y + (a * b));

    [Fact]
    public void AddSquaredDifference_AnyLength_EqualsPlainLoop()
        => Check((y, a, b, _, _, _, n) => ElementKernels.AddSquaredDifference(y, a, b, n), (y, a, b, _, _, _) => y + ((a - b) * (a - b)));

    [Fact]
    public void MaskWherePositive_AnyLength_EqualsPlainLoop()
        => Check((y, a, _, _, _, _, n) => ElementKernels.MaskWherePositive(y, a, n), (y, a, _, _, _, _) => a > 0 ? y : 0);

    [Theory, InlineData(1), InlineData(7), InlineData(16), InlineData(39)]
    public void SoftmaxOfColumnsAndItsGradient_LargeNumbers_EqualPlainFormulas(int n)
    {
        var columns = ElementKernels.WholeVectors(n);
        using NativeBuffer<Real> x = new(n * columns), g = new(n * columns);
        for (var i = 0; i < n * columns; i++) (x[i], g[i]) = (1000 + (i % 5), i % 3);
        ElementKernels.SoftmaxOfColumns(x.Pointer, n, columns);
        ElementKernels.SoftmaxOfColumnsGradient(g.Pointer, x.Pointer, n, columns);
        for (var column = 0; column < columns; column++)
        {
            int[] line = [.. Enumerable.Range(0, n).Select(row => (row * columns) + column)];
            var sum = line.Sum(i => Math.Exp(i % 5));
            var mean = line.Sum(i => Math.Exp(i % 5) / sum * (i % 3));
            foreach (var i in line)
            {
                ((double)x[i]).ShouldBe(Math.Exp(i % 5) / sum, 1e-6);
                ((double)g[i]).ShouldBe(Math.Exp(i % 5) / sum * (i % 3 - mean), 1e-6);
            }
        }
    }

    [Fact]
    public void ScaleWherePositive_AnyLength_EqualsPlainLoop()
        => Check((y, a, _, _, _, _, n) => ElementKernels.ScaleWherePositive(y, (Real)0.7, a, n), (y, a, _, _, _, _) => y > 0 ? (Real)0.7 * a : 0);

    [Theory, InlineData(true), InlineData(false)]
    public void ScaleShift_AnyLength_EqualsPlainLoop(bool relu)
        => Check((y, a, b, c, _, _, n) => ElementKernels.ScaleShift(y, a, b, c, n, relu), (_, a, b, c, _, _) => Relu((a * b) + c, relu));

    [Theory, InlineData(true), InlineData(false)]
    public void ScaleShiftGradient_AnyLength_EqualsPlainLoop(bool add) => Check(
        (y, a, b, c, d, e, n) => ElementKernels.ScaleShiftGradient(y, a, b, c, d, e, n, add),
        (y, a, b, c, d, e) => (a * b) + (c * d) + e + (add ? y : 0));

    [Fact]
    public void Normalise_AnyLength_EqualsPlainLoop() => Check((y, a, b, c, _, _, n) => ElementKernels.Normalise(y, a, b, c, n), (_, a, b, c, _, _) => (a - b) * c);

    [Fact]
    public void Dice_AnyLength_EqualsPlainLoop() => Check((y, a, b, c, _, _, n) => ElementKernels.Dice(y, a, b, c, n), (_, a, b, c, _, _) => a * (b + ((1 - b) * c)));

    [Fact]
    public void DicePartGradients_AnyLength_EqualsPlainLoop()
    {
        using var other = new NativeBuffer<Real>(1024);
        Check((y, a, b, c, d, _, n) => ElementKernels.DicePartGradients(y, other.Pointer, a, b, c, d, n), (_, a, b, c, _, _) => a * b * (1 - c));
        Check((y, a, b, c, d, _, n) => ElementKernels.DicePartGradients(other.Pointer, y, a, b, c, d, n), (_, a, b, c, d, _) => a * b * (1 - c) * c * (1 - d));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void DiceGradient_AnyLength_EqualsPlainLoop(bool add) => Check(
        (y, a, b, c, d, e, n) => ElementKernels.DiceGradient(y, a, b, c, d, e, x: b, factor: c, offset: a, n, add),
        (y, a, b, c, d, e) => (a * (b + ((1 - b) * c))) + (d * e) + (b * c) + a + (add ? y : 0));

    [Fact]
    public void AddScaledDifference_AnyLength_EqualsPlainLoop()
        => Check((y, a, b, _, _, _, n) => ElementKernels.AddScaledDifference(y, (Real)0.7, a, b, n), (y, a, b, _, _, _) => y + ((Real)0.7 * (a - b)));

    [Theory, InlineData(true, true), InlineData(true, false), InlineData(false, true), InlineData(false, false)]
    public void AddBias_AnyLength_EqualsPlainLoop(bool hasBias, bool relu)
        => Check((y, a, _, _, _, _, n) => ElementKernels.AddBias(y, hasBias ? a : null, n, relu), (y, a, _, _, _, _) => Relu(y + (hasBias ? a : 0), relu));

    [Fact]
    public void Adam_AnyLength_EqualsPlainLoop()
    {
        double First(double m, double g) => m + (0.1 * (g - m));
        double Second(double v, double g) => v + (0.001 * ((g * g) - v));

        // w, g, m, v: the moments are the third and fourth operand; v must not be negative.
        Check(
            (w, g, m, v, _, _, n) => ElementKernels.Adam(w, g, m, v, (Real)0.05, (Real)1.5, n),
            (w, g, m, v, _, _) => w - (0.05 * First(m, g) / ((Math.Sqrt(Second(v, g)) * 1.5) + 1e-8)),
            positiveC: true);
        Check((m, g, w, v, _, _, n) => ElementKernels.Adam(w, g, m, v, (Real)0.05, (Real)1.5, n), (m, g, _, _, _, _) => First(m, g), positiveC: true);
        Check((v, g, w, m, _, _, n) => ElementKernels.Adam(w, g, m, v, (Real)0.05, (Real)1.5, n), (v, g, _, _, _, _) => Second(v, g), positiveY: true);
    }

    private static double Relu(double value, bool isAsked) => isAsked ? Math.Max(0, value) : value;

    /// <summary>Runs a kernel on the first n of longer arrays: those n must be as expected, the rest untouched.</summary>
    private static void Check(Kernel kernel, Expected expected, bool positiveY = false, bool positiveC = false)
    {
        for (var n = 1; n <= Longest; n++)
        {
            var operands = Enumerable.Range(0, 6).Select(operand => Random(operand, (operand == 0 && positiveY) || (operand == 3 && positiveC))).ToArray();
            var before = operands.Select(operand => operand.AsSpan().ToArray()).ToArray();
            kernel(operands[0].Pointer, operands[1].Pointer, operands[2].Pointer, operands[3].Pointer, operands[4].Pointer, operands[5].Pointer, n);
            for (var i = 0; i < n; i++)
            {
                var value = expected(before[0][i], before[1][i], before[2][i], before[3][i], before[4][i], before[5][i]);
                Math.Abs(operands[0][i] - value).ShouldBeLessThan(Tolerance * (1 + Math.Abs(value)), $"element {i} of {n}");
            }

            operands[0].AsSpan()[n..].SequenceEqual(before[0].AsSpan(n)).ShouldBeTrue($"wrote beyond {n}");
            foreach (var operand in operands) operand.Dispose();
        }
    }

    private static NativeBuffer<Real> Random(int stream, bool isPositive)
    {
        var buffer = new NativeBuffer<Real>(Longest + 40);
        var random = new CounterRandom(3, (ulong)stream);
        for (var i = 0; i < buffer.Length; i++) buffer[i] = (Real)(isPositive ? random.OpenUniform(i) : random.Normal(i));
        return buffer;
    }
}

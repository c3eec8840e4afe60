using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

/// <summary>The two loops over rows against plain loops, at every length around the vectors' widths.</summary>
public sealed unsafe class VectorKernelsTests
{
    private const int Longest = 70;
    private static readonly double Tolerance = sizeof(Real) == 8 ? 1e-13 : 2e-5;

    [Fact]
    public void AddScaled_AnyLength_EqualsPlainLoop()
    {
        for (var n = 1; n <= Longest; n++)
        {
            Real[] x = Random(n, 1), y = Random(n + 20, 2), before = [.. y];
            fixed (Real* px = x, py = y) VectorKernels.AddScaled(py, (Real)(-1.3), px, n);
            for (var i = 0; i < n; i++) Math.Abs(y[i] - (before[i] - (1.3 * x[i]))).ShouldBeLessThan(Tolerance, $"element {i} of {n}");
            y.AsSpan(n).SequenceEqual(before.AsSpan(n)).ShouldBeTrue($"wrote beyond {n}");
        }
    }

    [Fact]
    public void Dot_AnyLength_EqualsPlainLoop()
    {
        for (var n = 0; n <= Longest; n++)
        {
            Real[] x = Random(n + 1, 1), y = Random(n + 1, 2); // one more, so that reading too far would tell
            var expected = Enumerable.Range(0, n).Sum(i => (double)x[i] * y[i]);
            fixed (Real* px = x, py = y) Math.Abs(VectorKernels.Dot(px, py, n) - expected).ShouldBeLessThan(Tolerance, $"{n} numbers");
        }
    }

    private static Real[] Random(int length, ulong stream) => [.. Enumerable.Range(0, length).Select(i => (Real)new CounterRandom(4, stream).Normal(i))];
}

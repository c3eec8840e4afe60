using System.Runtime.Intrinsics;
using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

public sealed unsafe class LanesTests
{
    private static readonly double Tolerance = sizeof(Real) == 8 ? 1e-14 : 1e-6;

    [Theory, InlineData(1), InlineData(15), InlineData(16), InlineData(37)]
    public void LoadAndStore_AnySamples_TurnRowsAndBack(int columns)
    {
        using var turned = new NativeBuffer<Real>((long)columns * Lanes.Count);
        var vectors = (Vector512<Real>*)turned.Pointer;
        for (var samples = 1; samples <= Lanes.Count; samples++)
        {
            Real[] rows = [.. Enumerable.Range(0, samples * columns).Select(i => (Real)i + 1)], back = new Real[rows.Length + 1];
            turned.AsSpan().Fill(Real.NaN);
            fixed (Real* source = rows) Lanes.Load(source, columns, samples, vectors);
            for (var c = 0; c < columns; c++)
            {
                for (var lane = 0; lane < Lanes.Count; lane++) vectors[c][lane].ShouldBe(lane < samples ? rows[(lane * columns) + c] : 0);
            }

            fixed (Real* target = back)
            {
                Lanes.Store(vectors, target, columns, samples);
                back.ShouldBe([.. rows, 0]);
                Lanes.Store(vectors, target, columns, samples, add: true);
                back.ShouldBe([.. rows.Select(value => 2 * value), 0]);
            }
        }
    }

    [Fact]
    public void Softmax_LargeNumbers_EqualsPlainFormula()
    {
        using NativeBuffer<Real> x = new(3 * Lanes.Count), y = new(3 * Lanes.Count);
        for (var i = 0; i < x.Length; i++) x[i] = 1000 + i;
        Lanes.Softmax((Vector512<Real>*)x.Pointer, (Vector512<Real>*)y.Pointer, 3);
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var sum = Enumerable.Range(0, 3).Sum(c => Math.Exp((c - 2) * Lanes.Count));
            for (var c = 0; c < 3; c++) ((double)y[(c * Lanes.Count) + lane]).ShouldBe(Math.Exp((c - 2) * Lanes.Count) / sum, Tolerance);
        }
    }
}

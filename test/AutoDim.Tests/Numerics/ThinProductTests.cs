using AutoDim.Numerics;

namespace AutoDim.Tests.Numerics;

/// <summary>A row of a product must not depend on how many other rows there are: predictions would change with the batch's size.</summary>
public sealed unsafe class ThinProductTests
{
    [Theory, InlineData(40, 8), InlineData(256, 9), InlineData(257, 9), InlineData(700, 16), InlineData(300, 1), InlineData(1, 12)]
    public void Multiply_FewOrManyRows_SameBits(int k, int n)
    {
        const int Rows = 200;
        using var pool = new WorkerPool(2);
        using var scratch = new GemmScratch();
        using var a = Random(Rows * k, 1);
        using var b = Random(k * n, 2);
        using var bias = Random(n, 3);
        using var whole = new NativeBuffer<Real>(Rows * n);
        using var part = new NativeBuffer<Real>(Rows * n);
        Gemm.Multiply(pool, scratch, new(a.Pointer, Rows, k, k), new(b.Pointer, k, n, n), new(whole.Pointer, Rows, n, n), bias: bias.Pointer, relu: true);
        foreach (var rows in (int[])[1, 2, 5, 13, 97])
        {
            Gemm.Multiply(pool, scratch, new(a.Pointer, rows, k, k), new(b.Pointer, k, n, n), new(part.Pointer, rows, n, n), bias: bias.Pointer, relu: true);
            part.AsSpan(0, rows * n).SequenceEqual(whole.AsSpan(0, rows * n)).ShouldBeTrue($"{rows} rows");
        }
    }

    private static NativeBuffer<Real> Random(int length, ulong stream)
    {
        var buffer = new NativeBuffer<Real>(length);
        for (var i = 0; i < length; i++) buffer[i] = (Real)new CounterRandom(8, stream).Normal(i);
        return buffer;
    }
}

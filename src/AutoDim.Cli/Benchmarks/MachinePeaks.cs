using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;
using AutoDim.Numerics;

namespace AutoDim.Cli.Benchmarks;

/// <summary>What this machine can do at most, measured in the same run: the yardstick beside every ratio.</summary>
/// <param name="FmaGflops">Multiply-adds from registers alone, two operations each.</param>
/// <param name="GemmGflops">The engine's matrix product, the best of several square ones.</param>
/// <param name="ReadGigabytes">A second, streamed from memory.</param>
/// <param name="GatherGigabytes">A second, 64-byte rows read at random from a table larger than the caches.</param>
internal sealed unsafe record MachinePeaks(double FmaGflops, double GemmGflops, double ReadGigabytes, double GatherGigabytes)
{
    private const int Repeats = 5;
    private const int FmaChunks = 64;
    private const int FmaRounds = 200_000;
    private const int Accumulators = 12;
    private const long TableBytes = 1L << 29;
    private const int RowBytes = 64;
    private const int GatheredRows = 1 << 20;

    private static readonly int[] Sizes = [512, 1024, 1536, 2048];

    public static MachinePeaks Measure(WorkerPool pool)
    {
        var fma = FmaChunks * (double)FmaRounds * Accumulators * 2 * Lanes / Best(() => pool.For(FmaChunks, 1, pool, static (_, first, last) =>
        {
            for (var chunk = first; chunk < last; chunk++) MultiplyAdds();
        }));
        using var table = new NativeBuffer<float>(TableBytes / sizeof(float));
        for (var i = 0L; i < table.Length; i++) table[i] = i;
        var read = TableBytes / Best(() => pool.For((int)(table.Length >> 16), 16, table, static (table, first, last) => Read(table, first, last)));
        var gather = GatheredRows * (double)RowBytes / Best(() => pool.For(GatheredRows, 1 << 14, table, static (table, first, last) => Gather(table, first, last)));
        return new MachinePeaks(fma / 1e9, Gemm(pool) / 1e9, read / 1e9, gather / 1e9);
    }

    private static int Lanes => Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector<float>.Count;

    private static double Gemm(WorkerPool pool)
    {
        using var scratch = new GemmScratch();
        var best = 0.0;
        foreach (var n in Sizes)
        {
            using NativeBuffer<float> a = new((long)n * n), b = new((long)n * n), c = new((long)n * n);
            a.AsSpan().Fill(1);
            b.AsSpan().Fill(1);
            var seconds = Best(() => Numerics.Gemm.Multiply(pool, scratch, new(a.Pointer, n, n, n), new(b.Pointer, n, n, n), new(c.Pointer, n, n, n)));
            best = Math.Max(best, 2.0 * n * n * n / seconds);
        }

        return best;
    }

    /// <summary>Seconds of the fastest of several runs.</summary>
    private static double Best(Action action)
    {
        action();
        var best = double.MaxValue;
        for (var i = 0; i < Repeats; i++)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static float MultiplyAdds() => Vector512.IsHardwareAccelerated ? MultiplyAdds512() : MultiplyAddsNarrow();

    private static float MultiplyAdds512()
    {
        Vector512<float> factor = Vector512.Create(0.5f), a = factor, b = factor, c = factor, d = factor, e = factor, f = factor;
        Vector512<float> g = factor, h = factor, i = factor, j = factor, k = factor, l = factor;
        for (var round = 0; round < FmaRounds; round++)
        {
            a = Vector512.FusedMultiplyAdd(a, factor, factor);
            b = Vector512.FusedMultiplyAdd(b, factor, factor);
            c = Vector512.FusedMultiplyAdd(c, factor, factor);
            d = Vector512.FusedMultiplyAdd(d, factor, factor);
            e = Vector512.FusedMultiplyAdd(e, factor, factor);
            f = Vector512.FusedMultiplyAdd(f, factor, factor);
            g = Vector512.FusedMultiplyAdd(g, factor, factor);
            h = Vector512.FusedMultiplyAdd(h, factor, factor);
            i = Vector512.FusedMultiplyAdd(i, factor, factor);
            j = Vector512.FusedMultiplyAdd(j, factor, factor);
            k = Vector512.FusedMultiplyAdd(k, factor, factor);
            l = Vector512.FusedMultiplyAdd(l, factor, factor);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static float MultiplyAddsNarrow()
    {
        Vector<float> factor = new(0.5f), a = factor, b = factor, c = factor, d = factor, e = factor, f = factor;
        Vector<float> g = factor, h = factor, i = factor, j = factor, k = factor, l = factor;
        for (var round = 0; round < FmaRounds; round++)
        {
            a = Vector.FusedMultiplyAdd(a, factor, factor);
            b = Vector.FusedMultiplyAdd(b, factor, factor);
            c = Vector.FusedMultiplyAdd(c, factor, factor);
            d = Vector.FusedMultiplyAdd(d, factor, factor);
            e = Vector.FusedMultiplyAdd(e, factor, factor);
            f = Vector.FusedMultiplyAdd(f, factor, factor);
            g = Vector.FusedMultiplyAdd(g, factor, factor);
            h = Vector.FusedMultiplyAdd(h, factor, factor);
            i = Vector.FusedMultiplyAdd(i, factor, factor);
            j = Vector.FusedMultiplyAdd(j, factor, factor);
            k = Vector.FusedMultiplyAdd(k, factor, factor);
            l = Vector.FusedMultiplyAdd(l, factor, factor);
        }

        return Vector.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static float sink;

    private static void Read(NativeBuffer<float> table, int firstBlock, int lastBlock)
    {
        Vector<float> a = default, b = default, c = default, d = default;
        float* end = table.Pointer + ((long)lastBlock << 16);
        var width = Vector<float>.Count;
        for (var p = table.Pointer + ((long)firstBlock << 16); p < end; p += 4 * width)
        {
            a += Vector.Load(p);
            b += Vector.Load(p + width);
            c += Vector.Load(p + (2 * width));
            d += Vector.Load(p + (3 * width));
        }

        sink = Vector.Sum(a + b + c + d);
    }

    private static void Gather(NativeBuffer<float> table, int first, int last)
    {
        const int Floats = RowBytes / sizeof(float);
        var random = new CounterRandom(1, 1);
        var (rows, sum) = (table.Length / Floats, 0f);
        for (var i = first; i < last; i++) sum += table[random.Below(i, rows) * Floats];
        sink = sum;
    }
}

using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Numerics;

/// <summary>Matrix products in every instruction set against plain sums.</summary>
[Collection(nameof(ForcesInstructionSet))]
public sealed unsafe class GemmTests
{
    private static readonly int[] Sizes = [1, 5, 12, 13, 32, 33, 97, 257];

    public static TheoryData<string> Sets() => [.. InstructionSets.Available.Select(set => set.ToString())];

    [Theory, MemberData(nameof(Sets))]
    public void Multiply_AnyShapeAndStride_EqualsPlainSums(string set)
    {
        using var forced = new Forced(set);
        using var pool = new WorkerPool(2);
        using var scratch = new GemmScratch();
        foreach (var m in Sizes)
        {
            foreach (var k in Sizes)
            {
                foreach (var n in Sizes)
                {
                    for (var form = 0; form < 8; form++) Check(pool, scratch, m, k, n, (form & 1) != 0, (form & 2) != 0, (form & 4) != 0);
                }
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Multiply_DeepOrHalfTileOrAliasedRows_EqualsPlainSums(string set)
    {
        using var forced = new Forced(set);
        using var pool = new WorkerPool(2);
        using var scratch = new GemmScratch();
        foreach (var (m, k, n) in ((int, int, int)[])[(25, 2100, 40), (12, 1025, 16), (30, 1024, 48), (13, 2048, 17)])
        {
            for (var form = 0; form < 8; form++) Check(pool, scratch, m, k, n, (form & 1) != 0, (form & 2) != 0, (form & 4) != 0);
        }
    }

    /// <summary>Few rows go another way than many; a row's bits must not tell which.</summary>
    [Theory, MemberData(nameof(Sets))]
    public void Multiply_FewRowsOrMany_SameBits(string set)
    {
        using var forced = new Forced(set);
        using var pool = new WorkerPool(2);
        using var scratch = new GemmScratch();
        foreach (var (k, n) in ((int, int)[])[(2, 3000), (255, 40), (256, 17), (257, 400), (700, 513), (2100, 70)])
        {
            using var a = Random(20 * k, 1);
            using var b = Random(k * n, 2);
            using var bias = Random(n, 3);
            using var before = Random(20 * n, 4);
            foreach (var (accumulate, relu, biased) in ((bool, bool, bool)[])[(false, false, false), (true, false, true), (false, true, true)])
            {
                var many = Product(20);
                for (var rows = 1; rows <= 6; rows++) Product(rows).ShouldBe(many[..(rows * n)], $"{rows} rows, {k} deep, {n} columns");

                Real[] Product(int rows)
                {
                    using var c = new NativeBuffer<Real>(20 * n);
                    before.AsSpan().CopyTo(c.AsSpan());
                    Gemm.Multiply(pool, scratch, new(a.Pointer, rows, k, k), new(b.Pointer, k, n, n), new(c.Pointer, rows, n, n), accumulate, biased ? bias.Pointer : null, relu);
                    return c.AsSpan(0, rows * n).ToArray();
                }
            }
        }
    }

    [Theory, MemberData(nameof(Sets))]
    public void Multiply_OneOrThreeThreads_SameBits(string set)
    {
        using var forced = new Forced(set);
        using var a = Random(500 * 300, 1);
        using var b = Random(300 * 401, 2);
        Product(1).ShouldBe(Product(3));

        Real[] Product(int threads)
        {
            using var pool = new WorkerPool(threads);
            using var scratch = new GemmScratch();
            using var c = new NativeBuffer<Real>(500 * 401);
            Gemm.Multiply(pool, scratch, new(a.Pointer, 500, 300, 300), new(b.Pointer, 300, 401, 401), new(c.Pointer, 500, 401, 401));
            return c.AsSpan().ToArray();
        }
    }

    [Fact]
    public void Multiply_Repeated_AllocatesNothing()
    {
        using var pool = new WorkerPool(2);
        using var scratch = new GemmScratch();
        using var a = Random(300 * 300, 1);
        using var c = new NativeBuffer<Real>(300 * 300);
        var view = new MatrixView(a.Pointer, 300, 300, 300);
        var target = new MatrixView(c.Pointer, 300, 300, 300);
        Gemm.Multiply(pool, scratch, view, view, target);
        Allocations.ShouldBeNone(() =>
        {
            for (var i = 0; i < 20; i++) Gemm.Multiply(pool, scratch, view, view.Transposed, target, accumulate: true);
        });
    }

    [Fact]
    public void Multiply_SlowlyGrowingDepth_StopsAllocating()
    {
        using var gemm = new SerialGemm();
        using var a = Random(40 * 200, 1);
        using var c = new NativeBuffer<Real>(40 * 40);
        var depth = 100;
        Deeper();
        Allocations.ShouldBeNone(Deeper);

        void Deeper()
        {
            for (var i = 0; i < 4; i++) Product(depth++);
        }

        void Product(int k) => gemm.Multiply(new MatrixView(a.Pointer, k, 40, 40).Transposed, new(a.Pointer, k, 40, 40), new(c.Pointer, 40, 40, 40));
    }

    private static void Check(WorkerPool pool, GemmScratch scratch, int m, int k, int n, bool transposeA, bool transposeB, bool epilogue)
    {
        using var aData = Random((long)m * k, 1);
        using var bData = Random((long)k * n, 2);
        using var bias = Random(n, 3);
        using var c = Random((long)m * n, 4);
        using var start = Random((long)m * n, 4);
        var a = transposeA ? new MatrixView(aData.Pointer, k, m, m).Transposed : new MatrixView(aData.Pointer, m, k, k);
        var b = transposeB ? new MatrixView(bData.Pointer, n, k, k).Transposed : new MatrixView(bData.Pointer, k, n, n);
        Gemm.Multiply(pool, scratch, a, b, new(c.Pointer, m, n, n), accumulate: epilogue, epilogue ? bias.Pointer : null, relu: epilogue);
        var tolerance = (sizeof(Real) == 8 ? 1e-13 : 2e-6) * (k + 4);
        for (var i = 0; i < m; i += Math.Max(1, m / 9))
        {
            for (var j = 0; j < n; j++)
            {
                double expected = epilogue ? start[((long)i * n) + j] + (double)bias[j] : 0;
                for (var x = 0; x < k; x++) expected += (double)a[i, x] * b[x, j];
                if (epilogue) expected = Math.Max(0, expected);
                Math.Abs(c[((long)i * n) + j] - expected).ShouldBeLessThan(tolerance, $"({m}, {k}, {n}) at ({i}, {j})");
            }
        }
    }

    private static NativeBuffer<Real> Random(long length, ulong seed)
    {
        var buffer = new NativeBuffer<Real>(length);
        var random = new CounterRandom(seed, 9);
        for (var i = 0L; i < length; i++) buffer[i] = (Real)(random.Uniform(i) - 0.5);
        return buffer;
    }

    /// <summary>Forces an instruction set while it lives.</summary>
    private sealed class Forced : IDisposable
    {
        private readonly InstructionSet before = InstructionSets.Current;

        public Forced(string set) => InstructionSets.Current = InstructionSets.Choose(set);

        public void Dispose() => InstructionSets.Current = before;
    }
}

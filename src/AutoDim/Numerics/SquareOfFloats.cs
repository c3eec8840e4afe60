using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AutoDim.Numerics;

/// <summary>Turns squares of 16 by 16 numbers, four shuffles to a vector, where the machine has AVX-512.</summary>
internal static unsafe class SquareOfFloats
{
    public const int Side = 16;

    /// <summary>Selections of <see cref="Avx512F.Shuffle4x128(Vector512{float}, Vector512{float}, byte)"/>: the even quarters of both vectors, and the odd ones.</summary>
    private const byte Even = 0x88, Odd = 0xDD;

    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>target[c, r] = source[r, c], or that added; lines lie so many numbers apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* source, int sourceStride, float* target, int targetStride, bool add = false)
    {
        // First squares of four within each quarter of a vector: turned[4·g + i] holds columns i, 4 + i, 8 + i, 12 + i of lines 4·g to 4·g + 3.
        var turned = stackalloc Vector512<float>[Side];
        for (var line = 0; line < Side; line += 4, source += 4 * (long)sourceStride)
        {
            Vector512<float> a = Vector512.Load(source), b = Vector512.Load(source + sourceStride), c = Vector512.Load(source + (2L * sourceStride)), d = Vector512.Load(source + (3L * sourceStride));
            Vector512<double> ab = Avx512F.UnpackLow(a, b).AsDouble(), cd = Avx512F.UnpackLow(c, d).AsDouble();
            turned[line] = Avx512F.UnpackLow(ab, cd).AsSingle();
            turned[line + 1] = Avx512F.UnpackHigh(ab, cd).AsSingle();
            ab = Avx512F.UnpackHigh(a, b).AsDouble();
            cd = Avx512F.UnpackHigh(c, d).AsDouble();
            turned[line + 2] = Avx512F.UnpackLow(ab, cd).AsSingle();
            turned[line + 3] = Avx512F.UnpackHigh(ab, cd).AsSingle();
        }

        for (var i = 0; i < 4; i++, target += targetStride)
        {
            Vector512<float> even = Avx512F.Shuffle4x128(turned[i], turned[4 + i], Even), odd = Avx512F.Shuffle4x128(turned[i], turned[4 + i], Odd);
            Vector512<float> lowerEven = Avx512F.Shuffle4x128(turned[8 + i], turned[12 + i], Even), lowerOdd = Avx512F.Shuffle4x128(turned[8 + i], turned[12 + i], Odd);
            Put(target, Avx512F.Shuffle4x128(even, lowerEven, Even), add);
            Put(target + (4L * targetStride), Avx512F.Shuffle4x128(odd, lowerOdd, Even), add);
            Put(target + (8L * targetStride), Avx512F.Shuffle4x128(even, lowerEven, Odd), add);
            Put(target + (12L * targetStride), Avx512F.Shuffle4x128(odd, lowerOdd, Odd), add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* target, Vector512<float> value, bool add) => (add ? Vector512.Load(target) + value : value).Store(target);
}

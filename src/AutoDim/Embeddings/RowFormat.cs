using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Rows of <see cref="RowStorage"/> as bytes. An integer row is its scale in a byte (<see cref="ScaleOf"/>; so few bits that scale times code is
/// exact), then the codes, symmetric about 0: −127 … 127, or −7 … 7 with two codes a byte, the even one below, or the odd ones of −7 … 7 with eight in three bytes, or
/// −3, −1, 1 and 3 with four a byte, the first lowest. Everything of a row lies together: a lookup touches one place in memory.
/// </summary>
internal static unsafe class RowFormat
{
    /// <summary>Bytes of an integer row before its codes.</summary>
    public const int ScaleBytes = 1;

    /// <summary>What half a byte holds for the code 0.</summary>
    public const int NibbleZero = 8;

    /// <summary>What three bits hold is half of the code and this.</summary>
    public const int EighthZero = 7;

    /// <summary>What a quarter of a byte holds is half of the code and this.</summary>
    public const int QuarterZero = 3;

    /// <summary>Exponent of the float32 that a scale's byte begins at: scales are 2^−26 to 1.875 · 2^5.</summary>
    private const uint ScaleExponent = 127 - 26;

    /// <summary>Exponent of Float8's least whole step: its numbers are multiples of 2^−13 near 0, and 30 at most.</summary>
    private const int Float8Exponent = -10;

    /// <summary>The two, or four, codes in a byte, or the two in six bits, as numbers: one look-up instead of a shift and a mask for each.</summary>
    private static readonly Pair[] Int4Codes = [.. Enumerable.Range(0, 256).Select(packed => new Pair((packed & 0xF) - NibbleZero, (packed >> 4) - NibbleZero))];

    private static readonly Pair[] Int3Codes = [.. Enumerable.Range(0, 64).Select(packed => new Pair(EighthOf(packed), EighthOf(packed >> 3)))];

    private static readonly Quad[] Int2Codes = [.. Enumerable.Range(0, 256).Select(packed => new Quad(QuarterOf(packed, 0), QuarterOf(packed, 1), QuarterOf(packed, 2), QuarterOf(packed, 3)))];

    private static readonly float[] Float8Numbers = [.. Enumerable.Range(0, 256).Select(code =>
    {
        var (exponent, mantissa) = ((code >> 3) & 0xF, code & 7);
        var number = exponent == 0 ? Math.ScaleB(mantissa / 8.0, Float8Exponent) : Math.ScaleB(1 + (mantissa / 8.0), Float8Exponent + exponent - 1);
        return (float)(code < 128 ? number : -number);
    })];

    /// <summary>The storage that suits rows of so many numbers: a scale for one number would be as large as the number itself.</summary>
    public static RowStorage For(RowStorage wanted, int dim) => dim == 1 && wanted is RowStorage.Int8 or RowStorage.Int4 or RowStorage.Int3 or RowStorage.Int2 ? RowStorage.Float8 : wanted;

    /// <summary>Whether so few bits a number want rows that were rounded so while they were trained.</summary>
    public static bool NeedsRounding(RowStorage storage) => storage is RowStorage.Int3 or RowStorage.Int2;

    /// <summary>The scale that a byte stands for: 0, or five bits of exponent and three of mantissa.</summary>
    public static float ScaleOf(byte code) => code == 0 ? 0 : BitConverter.UInt32BitsToSingle(((uint)code << 20) + (ScaleExponent << 23));

    /// <summary>The number that a byte of <see cref="RowStorage.Float8"/> stands for.</summary>
    public static float Float8Of(byte code) => Float8Numbers[code];

    /// <summary>Bytes of a row; 0 for one without numbers.</summary>
    public static long Bytes(RowStorage wanted, int dim) => dim == 0 ? 0 : BytesIn(For(wanted, dim), dim);

    /// <summary>Bytes of so many numbers, at least one, in this storage and no other.</summary>
    public static long BytesIn(RowStorage storage, int count) => storage switch
    {
        RowStorage.Float32 => sizeof(float) * (long)count,
        RowStorage.Float16 => 2L * count,
        RowStorage.Float8 => count,
        RowStorage.Int8 => ScaleBytes + count,
        RowStorage.Int4 => ScaleBytes + ((count + 1) / 2),
        RowStorage.Int3 => ScaleBytes + (((3L * count) + 7) / 8),
        RowStorage.Int2 => ScaleBytes + ((count + 3) / 4),
        _ => throw new ArgumentOutOfRangeException(nameof(storage), storage, "unknown storage"),
    };

    /// <summary>By which storages are in order, the coarsest least: the bytes of a row so long that those of its scale count for nothing.</summary>
    public static long FinenessOf(RowStorage storage) => BytesIn(storage, EmbeddingPlan.MostDim);

    /// <summary>Writes a row of numbers in this storage.</summary>
    public static void Encode(RowStorage storage, Real* row, int dim, byte* target)
    {
        if (storage == RowStorage.Float32)
        {
            for (var k = 0; k < dim; k++) ((float*)target)[k] = (float)row[k];
            return;
        }

        if (storage == RowStorage.Float16)
        {
            for (var k = 0; k < dim; k++) ((Half*)target)[k] = (Half)Math.Clamp((float)row[k], (float)Half.MinValue, (float)Half.MaxValue);
            return;
        }

        if (storage == RowStorage.Float8)
        {
            for (var k = 0; k < dim; k++) target[k] = Float8(row[k]);
            return;
        }

        *target = BestScale(storage, row, dim);
        var scale = ScaleOf(*target);
        var codes = target + ScaleBytes;
        new Span<byte>(codes, (int)BytesIn(storage, dim) - ScaleBytes).Clear();
        for (var k = 0; k < dim; k++)
        {
            var code = CodeOf(storage, row[k], scale);
            if (storage == RowStorage.Int8) ((sbyte*)codes)[k] = (sbyte)code;
            else if (storage == RowStorage.Int4) codes[k / 2] |= (byte)((code + NibbleZero) << (4 * (k & 1)));
            else if (storage == RowStorage.Int3) AddBits(codes, 3 * k, (code + EighthZero) / 2);
            else codes[k / 4] |= (byte)(((code + QuarterZero) / 2) << (2 * (k & 3)));
        }
    }

    /// <summary>Writes a row as <see cref="RowStorage.Int8"/> or <see cref="RowStorage.Float16"/>, each number rounded up or down with the probabilities that make the mean the number (stochastic rounding).</summary>
    /// <param name="place">Of the row's first number in the stream of chance.</param>
    public static void EncodeByChance(RowStorage storage, Real* row, int dim, byte* target, CounterRandom chance, long place)
    {
        if (storage == RowStorage.Float16)
        {
            for (var k = 0; k < dim; k++) ((Half*)target)[k] = HalfByChance((float)row[k], chance.Uniform(place + k));
            return;
        }

        if (storage != RowStorage.Int8) throw new ArgumentOutOfRangeException(nameof(storage), storage, "rows are not rounded by chance in this storage");
        var largest = 0.0;
        for (var k = 0; k < dim; k++) largest = Math.Max(largest, Math.Abs((double)row[k]));
        *target = largest == 0 ? (byte)0 : LeastNotBelow(largest / LimitOf(storage));
        var scale = ScaleOf(*target);
        for (var k = 0; k < dim; k++)
        {
            var code = scale == 0 ? 0 : Math.Floor(((double)row[k] / scale) + chance.Uniform(place + k));
            ((sbyte*)(target + ScaleBytes))[k] = (sbyte)Math.Clamp(code, -LimitOf(storage), LimitOf(storage));
        }
    }

    /// <summary>Reads a row back.</summary>
    public static void Decode(RowStorage storage, byte* source, int dim, Real* row)
    {
        if (storage == RowStorage.Float32)
        {
            for (var k = 0; k < dim; k++) row[k] = ((float*)source)[k];
            return;
        }

        if (storage == RowStorage.Float16)
        {
            for (var k = 0; k < dim; k++) row[k] = (Real)(float)((Half*)source)[k];
            return;
        }

        if (storage == RowStorage.Float8)
        {
            for (var k = 0; k < dim; k++) row[k] = Float8Of(source[k]);
            return;
        }

        Real scale = ScaleOf(*source);
        var codes = source + ScaleBytes;
        if (storage == RowStorage.Int8)
        {
            for (var k = 0; k < dim; k++) row[k] = scale * ((sbyte*)codes)[k];
            return;
        }

        if (storage == RowStorage.Int4)
        {
            for (var i = 0; i < dim / 2; i++) ((Pair*)row)[i] = Int4Codes[codes[i]];
            if (dim % 2 > 0) row[dim - 1] = Int4Codes[codes[dim / 2]].A;
        }
        else if (storage == RowStorage.Int3)
        {
            DecodeEighths(codes, dim, row);
        }
        else
        {
            for (var i = 0; i < dim / 4; i++) ((Quad*)row)[i] = Int2Codes[codes[i]];
            for (var k = dim / 4 * 4; k < dim; k++) row[k] = QuarterOf(codes[k / 4], k % 4);
        }

        ElementKernels.Scale(row, scale, row, dim);
    }

    /// <summary>Writes to a row of numbers what its bytes in this storage would be read back as.</summary>
    public static void Round(RowStorage storage, Real* row, int dim, Real* rounded)
    {
        var packed = stackalloc byte[(int)BytesIn(storage, dim)];
        Encode(storage, row, dim, packed);
        Decode(storage, packed, dim, rounded);
    }

    /// <summary>Eight codes of three bytes at a time, as pairs, then the rest, the last of which may end in the byte in which it begins.</summary>
    private static void DecodeEighths(byte* codes, int dim, Real* row)
    {
        for (var k = 0; k + 8 <= dim; k += 8, codes += 3)
        {
            var packed = codes[0] | (codes[1] << 8) | (codes[2] << 16);
            for (var i = 0; i < 4; i++) ((Pair*)(row + k))[i] = Int3Codes[(packed >> (6 * i)) & 63];
        }

        var rest = row + (dim / 8 * 8);
        for (var k = 0; k < dim % 8; k++)
        {
            var (at, shift) = (3 * k / 8, 3 * k % 8);
            rest[k] = EighthOf((shift > 5 ? codes[at] | (codes[at + 1] << 8) : codes[at]) >> shift);
        }
    }

    /// <summary>Adds three bits to bytes that are 0 there, the lowest first.</summary>
    private static void AddBits(byte* bytes, int place, int bits)
    {
        bytes[place / 8] |= (byte)(bits << (place % 8));
        if (place % 8 > 5) bytes[(place / 8) + 1] |= (byte)(bits >> (8 - (place % 8)));
    }

    /// <summary>The code in the lowest three bits.</summary>
    private static int EighthOf(int packed) => (2 * (packed & 7)) - EighthZero;

    /// <summary>One of a byte's four codes.</summary>
    private static int QuarterOf(int packed, int place) => (2 * ((packed >> (2 * place)) & 3)) - QuarterZero;

    private static int LimitOf(RowStorage storage) => storage switch { RowStorage.Int8 => 127, RowStorage.Int4 or RowStorage.Int3 => 7, _ => 3 };

    /// <summary>Least scale tried, as a share of the one that reaches the row's largest number: cutting an outlier short may serve the others, the more the fewer codes there are.</summary>
    private static double LeastShareOf(RowStorage storage) => storage switch { RowStorage.Int2 => 0.35, RowStorage.Int3 => 0.45, _ => 0.6 };

    /// <summary>Whether codes are odd, as many above 0 as below and 0 not among them, for which so few have no room.</summary>
    private static bool HasOddCodes(RowStorage storage) => storage is RowStorage.Int3 or RowStorage.Int2;

    private static int CodeOf(RowStorage storage, Real number, float scale)
    {
        if (scale == 0) return HasOddCodes(storage) ? 1 : 0;
        var code = HasOddCodes(storage) ? (2 * Math.Floor(number / scale / 2)) + 1 : Math.Round(number / scale);
        return (int)Math.Clamp(code, -LimitOf(storage), LimitOf(storage));
    }

    /// <summary>The scale of least squared error among those tried.</summary>
    private static byte BestScale(RowStorage storage, Real* row, int dim)
    {
        var (limit, largest) = (LimitOf(storage), 0.0);
        for (var k = 0; k < dim; k++) largest = Math.Max(largest, Math.Abs((double)row[k]));
        if (largest == 0) return 0;
        var (best, least) = ((byte)0, double.PositiveInfinity);
        for (var code = LeastNotBelow(largest / limit); code > 0; code--)
        {
            var scale = ScaleOf(code);
            if (scale < LeastShareOf(storage) * largest / limit && best > 0) break;
            var error = 0.0;
            for (var k = 0; k < dim; k++)
            {
                var rest = row[k] - ((double)scale * CodeOf(storage, row[k], scale));
                error += rest * rest;
            }

            if (error < least) (best, least) = (code, error);
        }

        return best;
    }

    /// <summary>The byte of the least scale not below a number, or of the largest there is.</summary>
    private static byte LeastNotBelow(double number)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)Math.Max(number, ScaleOf(1)));
        return (byte)Math.Min(((bits + 0xFFFFF) >> 20) - (ScaleExponent << 3), byte.MaxValue);
    }

    private static Half HalfByChance(float number, double chance)
    {
        var held = Math.Clamp(number, (float)Half.MinValue, (float)Half.MaxValue);
        var nearest = (Half)held;
        if ((float)nearest == held || float.IsNaN(held)) return nearest;
        var (below, above) = (float)nearest < held ? (nearest, Half.BitIncrement(nearest)) : (Half.BitDecrement(nearest), nearest);
        return chance * ((float)above - (float)below) < held - (float)below ? above : below;
    }

    /// <summary>The nearest number of eight bits.</summary>
    private static byte Float8(Real number)
    {
        var positive = Float8Numbers.AsSpan(0, 128); // ascending
        var size = (float)Math.Min(Math.Abs((double)number), positive[^1]);
        var above = positive.BinarySearch(size);
        if (above < 0) above = ~above;
        var nearest = above > 0 && size - positive[above - 1] < positive[above] - size ? above - 1 : above;
        return (byte)(number < 0 && nearest > 0 ? nearest | 128 : nearest);
    }

    private readonly record struct Pair(Real A, Real B);

    private readonly record struct Quad(Real A, Real B, Real C, Real D);
}

namespace AutoDim.Embeddings;

/// <summary>
/// Rows of <see cref="RowStorage"/> as bytes. An integer row is its scale in a byte (<see cref="ScaleOf"/>; so few bits that scale times code is
/// exact), then the codes, symmetric about 0: −127 … 127, or −7 … 7 with two codes a byte, the even one below. Everything of a row lies
/// together: a lookup touches one place in memory.
/// </summary>
internal static unsafe class RowFormat
{
    /// <summary>Bytes of an integer row before its codes.</summary>
    public const int ScaleBytes = 1;

    /// <summary>What half a byte holds for the code 0.</summary>
    public const int NibbleZero = 8;

    /// <summary>Least scale tried, as a share of the one that reaches the row's largest number: cutting an outlier short may serve the others.</summary>
    private const double LeastShare = 0.6;

    /// <summary>Exponent of the float32 that a scale's byte begins at: scales are 2^−26 to 1.875 · 2^5.</summary>
    private const uint ScaleExponent = 127 - 26;

    /// <summary>Exponent of Float8's least whole step: its numbers are multiples of 2^−13 near 0, and 30 at most.</summary>
    private const int Float8Exponent = -10;

    private static readonly float[] Float8Numbers = [.. Enumerable.Range(0, 256).Select(code =>
    {
        var (exponent, mantissa) = ((code >> 3) & 0xF, code & 7);
        var number = exponent == 0 ? Math.ScaleB(mantissa / 8.0, Float8Exponent) : Math.ScaleB(1 + (mantissa / 8.0), Float8Exponent + exponent - 1);
        return (float)(code < 128 ? number : -number);
    })];

    /// <summary>The storage that suits rows of so many numbers: a scale for one number would be as large as the number itself.</summary>
    public static RowStorage For(RowStorage wanted, int dim) => dim == 1 && wanted is RowStorage.Int8 or RowStorage.Int4 ? RowStorage.Float8 : wanted;

    /// <summary>The scale that a byte stands for: 0, or five bits of exponent and three of mantissa.</summary>
    public static float ScaleOf(byte code) => code == 0 ? 0 : BitConverter.UInt32BitsToSingle(((uint)code << 20) + (ScaleExponent << 23));

    /// <summary>The number that a byte of <see cref="RowStorage.Float8"/> stands for.</summary>
    public static float Float8Of(byte code) => Float8Numbers[code];

    /// <summary>Bytes of a row; 0 for one without numbers.</summary>
    public static long Bytes(RowStorage wanted, int dim) => dim == 0 ? 0 : For(wanted, dim) switch
    {
        RowStorage.Float32 => sizeof(float) * (long)dim,
        RowStorage.Float16 => 2L * dim,
        RowStorage.Float8 => dim,
        RowStorage.Int8 => ScaleBytes + dim,
        RowStorage.Int4 => ScaleBytes + ((dim + 1) / 2),
        _ => throw new ArgumentOutOfRangeException(nameof(wanted), wanted, "unknown storage"),
    };

    /// <summary>Writes a row of numbers in one of the packed storages.</summary>
    public static void Encode(RowStorage storage, Real* row, int dim, byte* target)
    {
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

        var limit = LimitOf(storage);
        *target = BestScale(row, dim, limit);
        var scale = ScaleOf(*target);
        var codes = target + ScaleBytes;
        if (storage == RowStorage.Int4) new Span<byte>(codes, (dim + 1) / 2).Clear();
        for (var k = 0; k < dim; k++)
        {
            var code = CodeOf(row[k], scale, limit);
            if (storage == RowStorage.Int8) ((sbyte*)codes)[k] = (sbyte)code;
            else codes[k / 2] |= (byte)((code + NibbleZero) << (4 * (k & 1)));
        }
    }

    /// <summary>Reads a row back.</summary>
    public static void Decode(RowStorage storage, byte* source, int dim, Real* row)
    {
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

        for (var k = 0; k < dim; k++) row[k] = scale * (((codes[k / 2] >> (4 * (k & 1))) & 0xF) - NibbleZero);
    }

    private static int LimitOf(RowStorage storage) => storage == RowStorage.Int8 ? 127 : 7;

    private static int CodeOf(Real number, float scale, int limit) => scale == 0 ? 0 : (int)Math.Clamp(Math.Round(number / scale), -limit, limit);

    /// <summary>The scale of least squared error among those tried.</summary>
    private static byte BestScale(Real* row, int dim, int limit)
    {
        var largest = 0.0;
        for (var k = 0; k < dim; k++) largest = Math.Max(largest, Math.Abs((double)row[k]));
        if (largest == 0) return 0;
        var (best, least) = ((byte)0, double.PositiveInfinity);
        for (var code = LeastNotBelow(largest / limit); code > 0; code--)
        {
            var scale = ScaleOf(code);
            if (scale < LeastShare * largest / limit && best > 0) break;
            var error = 0.0;
            for (var k = 0; k < dim; k++)
            {
                var rest = row[k] - ((double)scale * CodeOf(row[k], scale, limit));
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
}

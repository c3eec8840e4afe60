namespace AutoDim.Embeddings;

/// <summary>
/// Rows of <see cref="RowStorage"/> as bytes. An integer row is its scale (the upper half of a float32, so that scale times code is exact),
/// then the codes, symmetric about 0: −127 … 127, or −7 … 7 with two codes a byte, the even one below. Everything of a row lies
/// together: a lookup touches one place in memory.
/// </summary>
internal static unsafe class RowFormat
{
    /// <summary>Bytes of an integer row before its codes.</summary>
    public const int ScaleBytes = 2;

    /// <summary>What half a byte holds for the code 0.</summary>
    public const int NibbleZero = 8;

    /// <summary>Scales tried, as shares of the one that reaches the row's largest number: cutting an outlier short may serve the others.</summary>
    private const int ScalesTried = 8;
    private const double LeastShare = 0.6;

    /// <summary>The storage that suits rows of so many numbers: a scale for one number would be larger than the number itself.</summary>
    public static RowStorage For(RowStorage wanted, int dim) => dim == 1 && wanted > RowStorage.Float16 ? RowStorage.Float16 : wanted;

    /// <summary>Bytes of a row; 0 for one without numbers.</summary>
    public static long Bytes(RowStorage wanted, int dim) => dim == 0 ? 0 : For(wanted, dim) switch
    {
        RowStorage.Float32 => sizeof(float) * (long)dim,
        RowStorage.Float16 => 2L * dim,
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

        var limit = LimitOf(storage);
        var scale = BestScale(row, dim, limit);
        *(ushort*)target = (ushort)(BitConverter.SingleToUInt32Bits(scale) >> 16);
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

        Real scale = BitConverter.UInt32BitsToSingle((uint)*(ushort*)source << 16);
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
    private static float BestScale(Real* row, int dim, int limit)
    {
        var largest = 0.0;
        for (var k = 0; k < dim; k++) largest = Math.Max(largest, Math.Abs((double)row[k]));
        var (best, least) = (0f, double.PositiveInfinity);
        for (var trial = 0; trial < ScalesTried; trial++)
        {
            var scale = ShortFloat(largest / limit * (1 - ((1 - LeastShare) * trial / (ScalesTried - 1))));
            var error = 0.0;
            for (var k = 0; k < dim; k++)
            {
                var rest = row[k] - ((double)scale * CodeOf(row[k], scale, limit));
                error += rest * rest;
            }

            if (error < least) (best, least) = (scale, error);
        }

        return best;
    }

    /// <summary>The least number not below this one whose lower half is zero.</summary>
    private static float ShortFloat(double number)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)number);
        return BitConverter.UInt32BitsToSingle((bits + 0xFFFF) & 0xFFFF0000);
    }
}

namespace AutoDim.Embeddings;

/// <summary>How a table's rows lie in memory where they are codes: some whole numbers below 256 each, of which only the bits that they need are kept.</summary>
internal abstract unsafe class RowCodes
{
    /// <summary>Of all rows.</summary>
    public abstract long Bytes { get; }

    /// <param name="all">Where the rows begin.</param>
    public abstract void Read(byte* all, long row, byte* codes);

    /// <param name="all">Where the rows begin.</param>
    public abstract void Write(byte* all, long row, byte* codes);

    /// <summary>Bits that tell so many codes apart.</summary>
    public static int BitsOf(long codes) => codes <= 1 ? 1 : System.Numerics.BitOperations.Log2((ulong)codes - 1) + 1;

    /// <summary>Bytes of a row.</summary>
    protected static int BytesOf(int count, int bits) => ((count * bits) + 7) / 8;

    /// <summary>Codes from the lowest bit of the first byte on.</summary>
    protected static void Unpack(byte* source, int count, int bits, byte* codes)
    {
        for (var i = 0; i < count; i++)
        {
            var first = source + (i * bits / 8);
            var shift = i * bits % 8;
            var both = shift + bits > 8 ? first[0] | (first[1] << 8) : first[0];
            codes[i] = (byte)((both >> shift) & ((1 << bits) - 1));
        }
    }

    protected static void Pack(byte* codes, int count, int bits, byte* target)
    {
        new Span<byte>(target, BytesOf(count, bits)).Clear();
        for (var i = 0; i < count; i++)
        {
            var first = target + (i * bits / 8);
            var shifted = codes[i] << (i * bits % 8);
            first[0] |= (byte)shifted;
            if (shifted > byte.MaxValue) first[1] |= (byte)(shifted >> 8);
        }
    }
}

/// <summary>Every code of every row has the same bits.</summary>
/// <param name="count">Codes of a row.</param>
internal sealed unsafe class EqualCodes(long rows, int count, int bits) : RowCodes
{
    private readonly long rowBytes = BytesOf(count, bits);

    public override long Bytes => rows * rowBytes;

    public override void Read(byte* all, long row, byte* codes) => Unpack(all + (row * rowBytes), count, bits, codes);

    public override void Write(byte* all, long row, byte* codes) => Pack(codes, count, bits, all + (row * rowBytes));
}

/// <summary>Finds the codes of a table of numbers' rows, once it is trained.</summary>
internal interface IRowCoder
{
    /// <param name="numbers">What was trained.</param>
    /// <param name="codes">The same rows' codes, to be written.</param>
    void Encode(EmbeddingTable numbers, EmbeddingTable codes);
}

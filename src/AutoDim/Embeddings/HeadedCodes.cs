using System.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// Rows of which some, the head, have codes of more bits than the others. In memory: a bit for each row that tells whether it is of the head, how many of
/// those lie before every 256th row (32-bit numbers), the head's codes, the others' codes.
/// </summary>
/// <param name="heads">Rows of the head.</param>
/// <param name="count">Codes of a row.</param>
/// <param name="headBits">Bits of a code of the head.</param>
/// <param name="bits">Bits of another's.</param>
internal sealed unsafe class HeadedCodes(long rows, long heads, int count, int headBits, int bits) : RowCodes
{
    private const int BlockRows = 256;

    private readonly long headBytes = BytesOf(count, headBits), otherBytes = BytesOf(count, bits);

    public override long Bytes => HeadStart + (heads * headBytes) + ((rows - heads) * otherBytes);

    private long CountStart => (rows + 7) / 8;

    private long HeadStart => CountStart + (((rows + BlockRows - 1) / BlockRows) * sizeof(int));

    /// <summary>Says which rows are the head; before any is written.</summary>
    public void Mark(byte* all, IReadOnlyList<bool> isHead)
    {
        new Span<byte>(all, checked((int)CountStart)).Clear();
        var before = 0;
        for (var row = 0; row < rows; row++)
        {
            if (row % BlockRows == 0) BitConverter.TryWriteBytes(new Span<byte>(all + CountStart + (row / BlockRows * sizeof(int)), sizeof(int)), before);
            if (!isHead[row]) continue;
            all[row / 8] |= (byte)(1 << (row % 8));
            before++;
        }
    }

    public override void Read(byte* all, long row, byte* codes)
    {
        var place = Find(all, row, out var width);
        Unpack(place, count, width, codes);
    }

    public override void Write(byte* all, long row, byte* codes)
    {
        var place = Find(all, row, out var width);
        Pack(codes, count, width, place);
    }

    /// <summary>Marks of a damaged file must not lead out of the table.</summary>
    private static long Within(long index, long count) => Math.Max(0, Math.Min(index, count - 1));

    /// <summary>Where a row's codes lie, and the bits of each.</summary>
    private byte* Find(byte* all, long row, out int width)
    {
        var block = row / BlockRows;
        long before = BitConverter.ToInt32(new ReadOnlySpan<byte>(all + CountStart + (block * sizeof(int)), sizeof(int)));
        for (var marks = block * (BlockRows / 8); marks < row / 8; marks++) before += BitOperations.PopCount(all[marks]);
        before += BitOperations.PopCount((uint)all[row / 8] & ((1u << (int)(row % 8)) - 1));
        var isHead = ((all[row / 8] >> (int)(row % 8)) & 1) != 0;
        width = isHead ? headBits : bits;
        return all + HeadStart + (isHead ? Within(before, heads) * headBytes : (heads * headBytes) + (Within(row - before, rows - heads) * otherBytes));
    }
}

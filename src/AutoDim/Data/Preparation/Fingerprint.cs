using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace AutoDim.Data.Preparation;

/// <summary>
/// 64-bit XxHash3 of a value's UTF-8 text stands for the value everywhere: two of ten million values collide with a chance
/// of 3 in a million.
/// </summary>
internal static class Fingerprint
{
    public static ulong Of(ReadOnlySpan<byte> text)
    {
        var hash = text.Length is >= sizeof(uint) and <= sizeof(ulong) ? OfFewBytes(text) : XxHash3.HashToUInt64(text);
        return hash == CellColumn.Missing ? 0 : hash;
    }

    /// <summary>XxHash3 of 4 to 8 bytes as it is defined for them: hashed tokens have 8, and calling the library takes longer than hashing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong OfFewBytes(ReadOnlySpan<byte> text)
    {
        const ulong Secret = 0x1CAD21F72C81017C ^ 0xDB979083E96DD4DE, Prime = 0x9FB21C651E98DF25;
        ulong first = BinaryPrimitives.ReadUInt32LittleEndian(text), last = BinaryPrimitives.ReadUInt32LittleEndian(text[^sizeof(uint)..]);
        var hash = (last + (first << 32)) ^ Secret;
        hash ^= BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24);
        hash *= Prime;
        hash ^= (hash >> 35) + (ulong)text.Length;
        hash *= Prime;
        return hash ^ (hash >> 28);
    }
}

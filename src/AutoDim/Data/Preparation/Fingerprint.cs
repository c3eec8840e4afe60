using System.IO.Hashing;

namespace AutoDim.Data.Preparation;

/// <summary>
/// 64-bit XxHash3 of a value's UTF-8 text stands for the value everywhere: two of ten million values collide with a chance
/// of 3 in a million.
/// </summary>
internal static class Fingerprint
{
    public static ulong Of(ReadOnlySpan<byte> text)
    {
        var hash = XxHash3.HashToUInt64(text);
        return hash == CellColumn.Missing ? 0 : hash;
    }
}

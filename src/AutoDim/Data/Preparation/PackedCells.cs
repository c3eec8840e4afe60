using System.Numerics;
using System.Runtime.InteropServices;

namespace AutoDim.Data.Preparation;

/// <summary>
/// Cells in as few bytes as hold the bits that any of them uses: the lower ones of small ids, the upper ones of small numbers'
/// doubles. A missing value is all ones in any width.
/// </summary>
/// <param name="Width">Bytes of a cell: 1, 2, 4 or 8.</param>
/// <param name="Shift">Lower bits left out.</param>
internal readonly record struct PackedCells(byte Width, byte Shift)
{
    private const int Bits = 64;

    /// <summary>The narrowest that takes these cells.</summary>
    public static PackedCells For(ReadOnlySpan<ulong> cells)
    {
        var used = UsedBits(cells);
        var zeros = BitOperations.TrailingZeroCount(used);
        for (byte width = 1; width < sizeof(ulong); width *= 2)
        {
            var shift = Math.Min(zeros, Bits - (8 * width)); // so that what is left of all ones is all ones
            if (used >> shift < (1UL << (8 * width)) - 1) return new PackedCells(width, (byte)shift);
        }

        return new PackedCells(sizeof(ulong), 0);
    }

    public void Pack(ReadOnlySpan<ulong> cells, Span<byte> target)
    {
        if (Width == sizeof(byte)) Pack<byte>(cells, target);
        else if (Width == sizeof(ushort)) Pack<ushort>(cells, target);
        else if (Width == sizeof(uint)) Pack<uint>(cells, target);
        else Pack<ulong>(cells, target);
    }

    public void Unpack(ReadOnlySpan<byte> packed, Span<ulong> cells)
    {
        if (Width == sizeof(byte)) Unpack<byte>(packed, cells);
        else if (Width == sizeof(ushort)) Unpack<ushort>(packed, cells);
        else if (Width == sizeof(uint)) Unpack<uint>(packed, cells);
        else Unpack<ulong>(packed, cells);
    }

    private static ulong UsedBits(ReadOnlySpan<ulong> cells)
    {
        var used = Vector<ulong>.Zero;
        var length = cells.Length - (cells.Length % Vector<ulong>.Count);
        for (var i = 0; i < length; i += Vector<ulong>.Count)
        {
            var some = new Vector<ulong>(cells[i..]);
            used |= Vector.AndNot(some, Vector.Equals(some, Vector<ulong>.AllBitsSet));
        }

        var all = 0UL;
        for (var i = 0; i < Vector<ulong>.Count; i++) all |= used[i];
        foreach (var cell in cells[length..]) all |= cell == CellColumn.Missing ? 0 : cell;
        return all;
    }

    private void Pack<T>(ReadOnlySpan<ulong> cells, Span<byte> target)
        where T : unmanaged, IBinaryInteger<T>
    {
        var packed = MemoryMarshal.Cast<byte, T>(target);
        for (var i = 0; i < cells.Length; i++) packed[i] = T.CreateTruncating(cells[i] >> Shift);
    }

    private void Unpack<T>(ReadOnlySpan<byte> source, Span<ulong> cells)
        where T : unmanaged, IBinaryInteger<T>
    {
        var packed = MemoryMarshal.Cast<byte, T>(source);
        for (var i = 0; i < cells.Length; i++) cells[i] = packed[i] == T.AllBitsSet ? CellColumn.Missing : ulong.CreateTruncating(packed[i]) << Shift;
    }
}

using AutoDim.Data.Preparation;
using CsCheck;

namespace AutoDim.Tests.Data.Preparation;

public sealed class PackedCellsTests
{
    private static readonly Gen<ulong> Number = Gen.Int[-5, 3000].Select(number => BitConverter.DoubleToUInt64Bits(number));

    [Fact]
    public void Unpack_Packed_GivesTheSameCells()
        => Gen.OneOf(
            Gen.ULong.Array[0, 30], Gen.ULong[0, 254].Array[0, 30], Gen.ULong[0, 1 << 17].Array[0, 30], Number.Array[0, 30], Gen.Double.Select(BitConverter.DoubleToUInt64Bits).Array[0, 30],
            Gen.OneOf(Gen.Const(CellColumn.Missing), Number).Array[0, 30], Gen.OneOf(Gen.Const(CellColumn.Missing), Gen.ULong[250, 300]).Array[0, 30], Gen.Const(1UL << 63).Array[0, 3])
        .Sample(cells =>
        {
            var packing = PackedCells.For(cells);
            var (packed, unpacked) = (new byte[cells.Length * packing.Width], new ulong[cells.Length]);
            packing.Pack(cells, packed);
            packing.Unpack(packed, unpacked);
            return unpacked.SequenceEqual(cells);
        }, iter: 5000);

    [Fact]
    public void For_FewBits_TakesFewBytes()
    {
        PackedCells.For([0, 254, CellColumn.Missing]).Width.ShouldBe((byte)1);
        PackedCells.For([0, 255]).Width.ShouldBe((byte)2); // all ones are a missing value
        PackedCells.For([.. Enumerable.Range(0, 30).Select(number => BitConverter.DoubleToUInt64Bits(number))]).Width.ShouldBe((byte)2);
        PackedCells.For([CellColumn.Missing]).Width.ShouldBe((byte)1);
        PackedCells.For([1, 1UL << 63]).Width.ShouldBe((byte)8);
    }
}

using AutoDim.Data;

namespace AutoDim.Tests.Data;

public sealed class RowWidthTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData(65_536, 2)]
    [InlineData(65_537, 4)]
    [InlineData(1L << 31, 4)]
    [InlineData((1L << 31) + 1, 8)]
    public void Of_TableRows_IsTheSmallestThatHoldsTheLast(long rows, int width)
    {
        RowWidth.Of(rows).ShouldBe(width);
        RowWidth.ArrowType(width).ShouldBeAssignableTo<Apache.Arrow.Types.NumberType>().BitWidth.ShouldBe(8 * width);
    }
}

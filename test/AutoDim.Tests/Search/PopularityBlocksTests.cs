using AutoDim.Search;

namespace AutoDim.Tests.Search;

public sealed class PopularityBlocksTests
{
    [Fact]
    public void Sizes_AnyField_AddUpToItsRows()
    {
        PopularityBlocks.SizesOf(1).ShouldBe([1]);
        PopularityBlocks.SizesOf(255).ShouldBe([255]);
        PopularityBlocks.SizesOf(1600).ShouldBe([100, 300, 400, 800]);
        for (var rows = 256L; rows < 300; rows++) PopularityBlocks.SizesOf(rows).Sum().ShouldBe(rows);
    }

    /// <summary>Rows 1 and 3 occur most, of which the first is 1; rows beyond the sizes are in no block.</summary>
    [Fact]
    public void BlockOf_Counts_TheMostFrequentFirst()
    {
        PopularityBlocks.BlockOf([5, 9, 1, 9, 0], [1, 2]).ShouldBe([1, 0, 2, 1, 2]);
        PopularityBlocks.BlockOf([5, 9, 1, 9, 0], [5]).ShouldBe([0, 0, 0, 0, 0]);
        PopularityBlocks.BlockOf([5, 9, 1, 9, 0], [0, 5]).ShouldBe([1, 1, 1, 1, 1]);
    }
}

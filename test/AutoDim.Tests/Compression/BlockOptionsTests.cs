using AutoDim.Compression;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Search;

namespace AutoDim.Tests.Compression;

public sealed class BlockOptionsTests
{
    private static readonly Field User = new("user", 4000);
    private static readonly int[] Dims = [0, 1, 4, 6];
    private static readonly double[][] Losses = [[0.8, 0.4, 0.2, 0], [0.08, 0.04, 0.02, 0]], Rounding = [[0.003, 0.001], [0.0003, 0.0001]];

    /// <summary>Dimensions fall from block to block; a field's loss is the sum, and its form says how many rows have how many numbers.</summary>
    [Fact]
    public void Of_Dimensions_NoBlockHasMoreThanAMorePopularOne()
    {
        var options = BlockOptions.Of(User, Dims, [1000, 3000], Losses).ToArray();
        options.Select(option => $"{option.Loss:F2} {option.Form?.Text ?? $"{option.Dim}"}").ShouldBe(
            ["0.88 0", "0.48 prefix:1:1000:1", "0.44 1", "0.28 prefix:1:1000:4", "0.24 prefix:1:1000:4:3000:1", "0.22 4", "0.08 prefix:1:1000:6", "0.04 prefix:1:1000:6:3000:1", "0.02 prefix:1:1000:6:3000:4", "0.00 6"]);
        options.ShouldAllBe(option => option.Storage == RowStorage.Float32);
    }

    /// <summary>Numbers get no finer from block to block, those of one dimension are alike, one number or none has no storage to choose, and what another option undercuts is left out.</summary>
    [Fact]
    public void Of_Storages_PopularBlocksMayHaveFinerNumbers()
    {
        var options = BlockOptions.Of(User, Dims, [1000, 3000], Losses, [RowStorage.Int2, RowStorage.Int4], Rounding).ToArray();
        string Shown(FieldOption option) => $"{option.Loss:F4} {(option.Form is PrefixForm form ? string.Join(' ', form.Prefixes.Select(prefix => $"{prefix.Rows}x{prefix.Dim}{(prefix.Storage == null ? "" : $" {prefix.Storage}")}")) : option.Dim)} {option.Storage}";
        options.Where(option => option.Dim == 6).Select(Shown).ShouldBe(
        [
            "0.0830 1000x6 Int2", "0.0430 1000x6 3000x1 Int2", "0.0233 1000x6 3000x4 Int2", "0.0213 1000x6 Int4 3000x4 Int2 Int2", "0.0033 6 Int2",
            "0.0810 1000x6 Int4", "0.0410 1000x6 3000x1 Int4", "0.0211 1000x6 3000x4 Int4", "0.0011 6 Int4",
        ]);
        BlockOptions.Of(User, Dims, [4000], [Losses[0]], [RowStorage.Int2, RowStorage.Int4], [Rounding[0]]).Select(Shown)
            .ShouldBe(["0.8030 0 Int2", "0.8010 0 Int4", "0.4030 1 Int2", "0.4010 1 Int4", "0.2030 4 Int2", "0.2010 4 Int4", "0.0030 6 Int2", "0.0010 6 Int4"]);
    }
}

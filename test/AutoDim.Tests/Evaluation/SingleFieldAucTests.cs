using AutoDim.Data;
using AutoDim.Evaluation;

namespace AutoDim.Tests.Evaluation;

public sealed class SingleFieldAucTests
{
    private static readonly Field[] Fields = [new("telling", 3), new("silent", 2), new("tags", 3, MultiValued: true)];

    /// <summary>Rates by hand: of "telling" row 0 clicks always, row 1 never, row 2 half the time; of "tags" only row 1 is ever clicked.</summary>
    [Fact]
    public void Of_FieldsOfKnownRates_IsTheAucOfTheRates()
    {
        using var train = new MemorySplit([1, 1, 0, 0, 1, 0], [[0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 1, 1], [1, 1, 0, 2, 1, 1, 0]], [null, null, [0, 1, 2, 3, 4, 6, 7]]);
        using var valid = new MemorySplit([1, 0, 1, 0], [[0, 1, 2, 2], [0, 0, 1, 1], [1, 0, 1, 0]], [null, null, [0, 1, 2, 4, 4]]);
        var aucs = SingleFieldAuc.Of(train, valid, [1, 0, 1, 0], Fields);
        aucs[0].ShouldBe(0.875); // of four pairs of a click and none, three right and one tied
        aucs[1].ShouldBe(0.5);
        aucs[2].ShouldBe(1); // clicked: .643 and the mean of .643 and .417; not: .417 and, without a value, the overall .5
    }

    [Fact]
    public void Of_ValueNeverSeen_HasTheOverallRate()
    {
        using var train = new MemorySplit([1, 0], [[0, 1], [0, 0], [0, 0]], [null, null, [0, 1, 2]]);
        using var valid = new MemorySplit([1, 0], [[0, 2], [0, 0], [0, 0]], [null, null, [0, 1, 2]]);
        SingleFieldAuc.Of(train, valid, [1, 0], Fields)[0].ShouldBe(1);
        SingleFieldAuc.Of(train, valid, [0, 1], Fields)[0].ShouldBe(0);
    }
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Search;

namespace AutoDim.Tests.Search;

public sealed class LeastLossPlanTests
{
    private static readonly Field[] Fields = [new("user", 1000), new("item", 100)];

    /// <summary>Within 5,100 bytes there is room for four bytes of user as float32 or as int8 with a scale, so the better option must win.</summary>
    [Fact]
    public void Within_OptionsOfSeveralStorages_TakesTheBestThatFits()
    {
        FieldOption[] user = [new(1, 0.5), new(3, 0.1, RowStorage.Int8), new(4, 0.05)], item = [new(2, 0.2), new(3, 0.21, RowStorage.Int8), new(8, 0)];
        var plan = LeastLossPlan.Within([user, item], Fields, LinearRow.None, budget: 1000 * 4 + 100 * 8, Projection.ZeroPadding)!;
        plan.Fields.Select(field => (field.Dim, field.Storage)).ShouldBe([(3, RowStorage.Int8), (2, RowStorage.Float32)]);
        plan = LeastLossPlan.Within([user, item], Fields, LinearRow.None, budget: 1000 * 4 + 100 * 4, Projection.ZeroPadding)!;
        plan.Fields.Select(field => (field.Dim, field.Storage)).ShouldBe([(3, RowStorage.Int8), (3, RowStorage.Int8)]);
    }

    [Fact]
    public void Within_FirstOrderWeights_AreCountedInTheStorage()
    {
        FieldOption[] options = [new(2, 0, RowStorage.Int8)];
        LeastLossPlan.Within([options, options], Fields, LinearRow.Weight, budget: 1100 * (3 + 1), Projection.ZeroPadding).ShouldNotBeNull();
        LeastLossPlan.Within([options, options], Fields, LinearRow.Weight, budget: (1100 * (3 + 1)) - 1, Projection.ZeroPadding).ShouldBeNull();
    }

    [Fact]
    public void Within_FoldedOption_CountsTheRowsAndTheVocabularyThatAreLeft()
    {
        var folded = new FieldOption(4, 0.3) { MinCount = 3, Folded = Fields[0] with { Rows = 50, VocabularyBytes = 12 } };
        FieldOption[] user = [new(0, 0.5), folded], item = [new(2, 0)];
        var plan = LeastLossPlan.Within([user, item], Fields, LinearRow.None, budget: (50 * 16) + 12 + (100 * 8), Projection.ZeroPadding)!;
        plan.Fields.Select(field => (field.Rows, field.Dim, field.MinCount)).ShouldBe([(50, 4, 3), (100, 2, 0)]);
        LeastLossPlan.Within([user, item], Fields, LinearRow.None, budget: (50 * 16) + 11 + (100 * 8), Projection.ZeroPadding)!.Fields[0].Dim.ShouldBe(0);
    }

    [Fact]
    public void Within_NothingFitsOrNoFieldKeepsAVector_Null()
    {
        FieldOption[] options = [new(0, 1), new(2, 0)];
        LeastLossPlan.Within([options, options], Fields, LinearRow.None, budget: 799, Projection.Linear).ShouldBeNull();
        LeastLossPlan.Within([options, options], Fields, LinearRow.None, budget: 800, Projection.Linear)!.Fields.Select(field => field.Dim).ShouldBe([0, 2]);
        LeastLossPlan.Within([options, options], [.. Fields.Select(field => field with { VocabularyBytes = 1000 })], LinearRow.None, budget: 1999, Projection.Linear).ShouldBeNull();
    }
}

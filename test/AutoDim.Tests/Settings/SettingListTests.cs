using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Runs;
using AutoDim.Settings;

namespace AutoDim.Tests.Settings;

public sealed class SettingListTests
{
    private static readonly IReadOnlyList<Setting> All = SettingList.Of(typeof(RunOptions));

    [Fact]
    public void Of_NestedRecords_NamesAreUniqueAndPrefixed()
    {
        var names = All.Select(setting => setting.Name).ToArray();
        names.ShouldBeUnique();
        names.ShouldContain("search-candidates");
        names.ShouldContain("table-l2");
        names.ShouldContain("table-optimizer");
        names.ShouldContain("hidden");
    }

    [Fact]
    public void Set_WhatGetGave_ChangesNothing()
    {
        var (options, copy) = (new RunOptions { Budget = "25%", Projection = Projection.ZeroPadding }, new RunOptions());
        foreach (var setting in All.Where(setting => setting.Get(options).Length > 0)) setting.Set(copy, setting.Get(options), setting.Name);
        foreach (var setting in All) setting.Get(copy).ShouldBe(setting.Get(options), setting.Name);
    }

    [Theory]
    [InlineData("search-candidates", "0,4,16")]
    [InlineData("table-optimizer", "row-wise-adagrad")]
    [InlineData("learning-rate", "0.025")]
    [InlineData("batch-norm", "false")]
    [InlineData("seed", "18446744073709551615")]
    [InlineData("projection", "zero-padding")]
    [InlineData("gate-hidden", "64,32")]
    [InlineData("first-gate-fields", "user,item")]
    [InlineData("grda-c", "0.005")]
    public void Set_Value_IsReadBack(string name, string text)
    {
        var options = new RunOptions();
        var setting = All.Single(candidate => candidate.Name == name);
        setting.Set(options, text, name);
        setting.Get(options).ShouldBe(text);
    }

    [Theory]
    [InlineData("learning-rate", "NaN")]
    [InlineData("learning-rate", "1e3")]
    [InlineData("dropout", "-0.1")]
    [InlineData("hidden", "")]
    [InlineData("hidden", "0")]
    [InlineData("gate-hidden", "0")]
    [InlineData("search-candidates", "2,2000")]
    [InlineData("batch-norm", "yes")]
    [InlineData("table-optimizer", "3")]
    [InlineData("seed", "-1")]
    public void Set_WrongValue_NamesOriginValueAndExpected(string name, string text)
    {
        var setting = All.Single(candidate => candidate.Name == name);
        var error = Should.Throw<AutoDimException>(() => setting.Set(new RunOptions(), text, $"--{name}"));
        error.Message.ShouldBe($"--{name} is '{text}', expected {setting.Expected}");
    }

    [Fact]
    public void Set_Nested_ReachesTheInnerRecord()
    {
        var options = new RunOptions();
        All.Single(setting => setting.Name == "table-optimizer").Set(options, "sgd", "");
        options.Training.Tables.Kind.ShouldBe(OptimizerKind.Sgd);
    }
}

using AutoDim.Settings;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Settings;

public sealed class SettingsFileTests
{
    [Fact]
    public void Load_WhatWriteGave_IsTheSame()
    {
        using var folder = new TemporaryFolder();
        var values = new Dictionary<string, string> { ["data"] = "my clicks/é: #1", ["seeds"] = "3", ["candidates"] = "2,8,16", ["budget"] = "25%", ["nothing"] = "", ["flag"] = "true" };
        File.WriteAllText(folder.File("run.yaml"), SettingsFile.Write(values));
        SettingsFile.Load(folder.File("run.yaml")).ShouldBe(values, ignoreOrder: true);
    }

    [Fact]
    public void Load_List_IsJoined()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("run.yaml"), "candidates: [2, 8]\n");
        SettingsFile.Load(folder.File("run.yaml"))["candidates"].ShouldBe("2,8");
    }

    [Fact]
    public void Load_NotYaml_NamesThePlace()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("run.yaml"), "seeds: 3\n  - x: [\n");
        Should.Throw<AutoDimException>(() => SettingsFile.Load(folder.File("run.yaml"))).Message.ShouldContain("run.yaml, line 2");
    }

    [Theory]
    [InlineData("seeds: {a: 1}\n", "run.yaml, line 1: expected a text, a number or a list of them")]
    [InlineData("- seeds\n", "is not a map of keys and values")]
    public void Load_OtherShape_SaysSo(string text, string problem)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("run.yaml"), text);
        Should.Throw<AutoDimException>(() => SettingsFile.Load(folder.File("run.yaml"))).Message.ShouldContain(problem);
    }

    [Fact]
    public void Load_NullsAndNumbers_AreTexts()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("run.yaml"), "seeds: 3\nbudget: ~\nplan: null\ndata: 'null'\nmodel:\n");
        SettingsFile.Load(folder.File("run.yaml")).ShouldBe(new Dictionary<string, string> { ["seeds"] = "3", ["budget"] = "", ["plan"] = "", ["data"] = "null", ["model"] = "" }, ignoreOrder: true);
    }
}

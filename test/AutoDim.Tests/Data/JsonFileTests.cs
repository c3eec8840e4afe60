using System.Text.Json;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Data;

public sealed class JsonFileTests : IDisposable
{
    private static readonly PlanFile Plan = new() { Method = "händ", Fields = [new PlanEntry("user", 7, 3, 84)] };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Name => folder.File("plan.json");

    [Fact]
    public void Load_Saved_IsTheSame()
    {
        Plan.Save(Name);
        PlanFile.Read(Name).Fields.ShouldBe(Plan.Fields);
        JsonDocument.Parse(File.ReadAllText(Name)).RootElement.GetProperty("fileChecksum").GetString()!.Length.ShouldBe(16);
        File.WriteAllText(Name, File.ReadAllText(Name).ReplaceLineEndings("\r\n")); // as some tools copy text
        PlanFile.Read(Name).Method.ShouldBe("händ");
    }

    [Fact]
    public void Load_Edited_SaysHowToHaveItTaken()
    {
        Plan.Save(Name);
        File.WriteAllText(Name, File.ReadAllText(Name).Replace("\"dim\": 3", "\"dim\": 2", StringComparison.Ordinal));
        Should.Throw<AutoDimException>(() => PlanFile.Read(Name)).Message.ShouldContain("was edited; if it was, take its last line, fileChecksum, out");
        File.WriteAllText(Name, RunRecords.Unsealed(File.ReadAllText(Name)));
        PlanFile.Read(Name).Fields.Single().Dim.ShouldBe(2);
    }
}

using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Fact]
    public void Epoch_ResumedFromAnOlderCheckpoint_NoLineTwice()
    {
        using var folder = new RunFolder(temporary.Path);
        Write(folder, 1, 2, 3);
        Write(folder, 2, 3, 4);
        Lines().Length.ShouldBe(2 * 4);
    }

    [Theory, InlineData("{\"stage\":"), InlineData("3"), InlineData("{\"a\":1,\"a\":2}")]
    public void Constructor_DamagedLine_SaysWhich(string damaged)
    {
        using var folder = new RunFolder(temporary.Path);
        Write(folder, 1, 2);
        File.WriteAllText(folder.File("metrics.jsonl"), $"{Lines()[0]}\n{damaged}\n{Lines()[1]}\n");
        Should.Throw<AutoDimException>(() => Write(folder, 3)).Message.ShouldContain("metrics.jsonl', line 2 is damaged");
    }

    [Fact]
    public void Constructor_LastLineCutShort_IsWrittenAgainWhole()
    {
        using var folder = new RunFolder(temporary.Path);
        Write(folder, 1, 2);
        var whole = Lines();
        File.WriteAllText(folder.File("metrics.jsonl"), string.Join('\n', whole)[..^5]);
        Write(folder, 2);
        Lines().ShouldBe(whole);
    }

    public void Dispose() => temporary.Dispose();

    private static void Write(RunFolder folder, params int[] epochs)
    {
        var log = new MetricsLog(folder, new RunObserver());
        foreach (var epoch in epochs)
        {
            log.Stage("full", "");
            log.Epoch(new EpochResult("full", epoch, 0.5, 0.7, 0.6, 1));
            log.Stage("search", "");
            log.Architecture(new ArchitecturePoint(epoch * 10, 1, [[0.5, 0.5]]));
        }
    }

    private string[] Lines() => File.ReadAllLines(Path.Combine(temporary.Path, "metrics.jsonl"));
}

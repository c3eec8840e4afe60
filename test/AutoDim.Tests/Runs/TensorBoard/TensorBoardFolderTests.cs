using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Runs.TensorBoard;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs.TensorBoard;

public sealed class TensorBoardFolderTests : IDisposable
{
    private static readonly Field[] Fields = [new("user", 100), new("flag", 3)];

    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    /// <summary>The check value that every description of CRC-32C gives.</summary>
    [Fact]
    public void Crc32C_OfTheTest_IsTheKnownOne() => EventReader.Crc32C("123456789"u8).ShouldBe(0xE3069283);

    [Fact]
    public void Epoch_Read_SaysWhatTheLineSays()
    {
        Log().Epoch(new EpochResult("full-seed1", 300, 0.5, 0.75, 0.625, 0.1));
        var events = EventReader.Read(FileOf("full-seed1"));
        events.Count.ShouldBe(2);
        events[0].Version.ShouldBe("brain.Event:2");
        (events[1].Step, events[1].Time).ShouldBe((300, 0));
        events[1].Scalars.ShouldBe(new Dictionary<string, float> { ["loss/train"] = 0.5f, ["loss/valid"] = 0.625f, ["auc/valid"] = 0.75f, ["learning-rate"] = 0.0002f }, ignoreOrder: true);
    }

    /// <summary>"user" has 0.25·2 + 0.5·4 + 0.25·8 = 4.5 dimensions on average; "flag", of three values, 0.5·2 + 0.5·3.</summary>
    [Fact]
    public void Architecture_Read_PreferencesByFieldAndDimension()
    {
        var log = Log();
        log.Stage("search", "");
        log.Architecture(new ArchitecturePoint(40, 0.5, [[0.25, 0.5, 0.25], [0.5, 0.5]]) { Loss = 0.375 });
        var point = EventReader.Read(FileOf("search"))[1];
        point.Step.ShouldBe(40);
        point.Scalars.ShouldBe(
            new Dictionary<string, float>
            {
                ["loss/train"] = 0.375f,
                ["temperature"] = 0.5f,
                ["dimension/user"] = 4.5f,
                ["dimension/flag"] = 2.5f,
                ["alpha/user/2"] = 0.25f,
                ["alpha/user/4"] = 0.5f,
                ["alpha/user/8"] = 0.25f,
                ["alpha/flag/2"] = 0.5f,
                ["alpha/flag/3"] = 0.5f,
            },
            ignoreOrder: true);
        var histogram = point.Histograms["dimensions"];
        histogram.Keys.Order().ShouldBe([1, 2, 3, 4, 5, 6, 7]);
        double[] summary = [2.5, 4.5, 2, 7, (2.5 * 2.5) + (4.5 * 4.5)];
        for (var field = 1; field <= 5; field++) histogram[field].ShouldBe([summary[field - 1]]);
        histogram[6].ShouldBe([2, 4, 8]);
        histogram[7].ShouldBe([0, 1, 1]);
    }

    /// <summary>Stopped after three epochs, gone on from a checkpoint after the first: as if nothing had happened.</summary>
    [Fact]
    public void Log_GoneOnWith_SameBytesAsInOneGo()
    {
        Write(Log(), 1, 2, 3);
        Write(Log(), 2, 3, 4);
        var again = File.ReadAllBytes(FileOf("full"));
        File.Delete(temporary.File("metrics.jsonl"));
        Write(Log(), 1, 2, 3, 4);
        File.ReadAllBytes(FileOf("full")).ShouldBe(again);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Search_WithAndWithoutTheOption_FilesOnlyWhereAsked(bool isAsked)
    {
        using var data = Toy.Clicks();
        using var pool = new WorkerPool(1);
        using var folder = new RunFolder(temporary.Path);
        var run = new RunOptions { Model = "fm", Tensorboard = isAsked, Training = Bench.SmallTraining, Search = new AutoDimOptions { Candidates = [1, 3], Epochs = 2 } };
        new SearchJob(data, new SearchJobOptions { Run = run }, folder, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        Directory.Exists(temporary.File("tensorboard")).ShouldBe(isAsked);
        if (!isAsked) return;
        var lines = File.ReadAllLines(temporary.File("metrics.jsonl")).Select(line => JsonNode.Parse(line)!).ToArray();
        var events = EventReader.Read(FileOf("search"))[1..];
        events.Select(item => item.Step).ShouldBe(lines.Select(line => (long)line["step"]!));
        events.Select(item => (double)item.Scalars["loss/train"]).ShouldBe(lines.Select(line => (double)line["loss"]!), 1e-6);
        events.ShouldAllBe(item => item.Scalars["loss/train"] > 0);
    }

    /// <summary>As TensorBoard itself reads them, where Python has it.</summary>
    [Fact]
    public void Files_ReadByTensorBoard_SameScalars()
    {
        var log = Log();
        Write(log, 1, 2, 3);
        log.Stage("search", "");
        log.Architecture(new ArchitecturePoint(40, 0.5, [[0.25, 0.5, 0.25], [0.5, 0.5]]) { Loss = 0.375 });
        const string Script = """
            import sys
            from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
            for stage in ("full", "search"):
                read = EventAccumulator(sys.argv[1] + "/" + stage).Reload()
                for tag in sorted(read.Tags()["scalars"]): print(tag, [(event.step, round(event.value, 4)) for event in read.Scalars(tag)])
                print(read.Tags()["histograms"])
            """;
        var output = Tool.Run(Tool.TensorBoardOrSkip(), "-c", Script, temporary.File("tensorboard")).Output;
        output.ShouldContain("auc/valid [(1, 0.701), (2, 0.702), (3, 0.703)]");
        output.ShouldContain("alpha/user/4 [(40, 0.5)]");
        output.ShouldContain("['dimensions']");
    }

    private static void Write(MetricsLog log, params int[] epochs)
    {
        foreach (var epoch in epochs) log.Epoch(new EpochResult("full", epoch, 1.0 / epoch, 0.7 + (0.001 * epoch), 0.6, 1));
    }

    private MetricsLog Log()
    {
        using var folder = new RunFolder(temporary.Path);
        return new MetricsLog(folder, new RunObserver(), new TensorBoardFolder(folder, Fields, [2, 4, 8], 0.002));
    }

    private string FileOf(string stage) => Directory.GetFiles(temporary.File($"tensorboard/{stage}")).Single(path => path.Contains("tfevents", StringComparison.Ordinal));
}

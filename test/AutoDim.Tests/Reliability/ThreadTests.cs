using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Reliability;

/// <summary>One thread or two: the same bits in every file, not only within rounding. (Steps by themselves: Training/DeterminismTests.)</summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class ThreadTests
{
    [Fact]
    public void Run_OneAndTwoThreads_SameFiles()
    {
        using var clicks = new PreparedClicks(rows: 2000);
        using var folder = new TemporaryFolder();
        Run(1);
        Run(2);
        foreach (var (name, told) in ((string, string)[])[("result.json", "\"threads\": "), ("report.html", "threads: "), ("report.html", "--threads ")])
        {
            var path = folder.File($"2/{name}");
            File.WriteAllText(path, File.ReadAllText(path).Replace($"{told}2", $"{told}1", StringComparison.Ordinal)); // with how many is told, and is all that differs
        }

        FolderContents.ShouldBeSame(folder.File("2"), FolderContents.Of(folder.File("1")), "two threads");

        void Run(int threads)
        {
            using var data = clicks.Open();
            using var pool = new WorkerPool(threads);
            using var place = new RunFolder(folder.File($"{threads}"));
            var training = new TrainingOptions { Epochs = 2, BatchSize = 700, LearningRate = 0.01, Tables = new() { LearningRate = 0.01, L2 = 1e-4 } };
            var options = new RunOptions { Model = "deepfm", ModelOptions = new() { Hidden = [20, 6] }, Training = training, TuneL2 = [1e-4], Search = new() { Candidates = [1, 2, 4], Epochs = 2 }, Confirm = 1 };
            new Run(data, options, place, pool, new RunObserver()).Execute(0, TestContext.Current.CancellationToken);
        }
    }
}

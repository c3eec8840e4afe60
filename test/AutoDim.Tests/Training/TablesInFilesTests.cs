using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>Tables and their optimiser's state in files in place of memory.</summary>
public sealed class TablesInFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Lazy and dense, with the L2 that rows catch up with: an epoch's weights are the same to the bit, and no file is left, nor is one to be seen meanwhile.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void Fit_TablesInFiles_SameWeights(bool isDense)
    {
        var inMemory = AfterAnEpoch(null);
        AfterAnEpoch(folder.Path).ShouldBe(inMemory);
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();

        Real[] AfterAnEpoch(string? place)
        {
            using var data = Toy.Clicks(train: 600, rareUsers: 40_000); // a table of 1.3 MB
            using var pool = new WorkerPool(2) { TableFolder = place };
            var plan = EmbeddingPlan.Uniform(data.Fields, 8);
            using var model = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, plan, Bench.SmallModel, 1, pool));
            var training = Bench.SmallTraining with { BatchSize = 100, Epochs = 1, Tables = new() { L2 = 1e-3, Dense = isDense } };
            using var learner = new Learner(model, training);
            if (place != null && OperatingSystem.IsLinux())
            {
                Directory.GetFileSystemEntries(place).ShouldBeEmpty();
                File.ReadAllLines("/proc/self/maps").Count(line => line.Contains(place, StringComparison.Ordinal)).ShouldBe(2); // weights and Adam's state of the users
            }

            new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
            return model.VectorTable("user").Weights.AsSpan().ToArray();
        }
    }

    [Fact]
    public void Constructor_LargeBlock_ZeroedAndWritable()
    {
        const int Length = 3 << 20;
        using var buffer = new NativeBuffer<int>(Length, folder.File("below"));
        buffer.AsSpan().ContainsAnyExcept(0).ShouldBeFalse();
        buffer[Length - 1] = 7;
        buffer.AsSpan(Length - 2, 2).ToArray().ShouldBe([0, 7]);
        Directory.Exists(folder.File("below")).ShouldBeTrue();
        using var small = new NativeBuffer<int>(10, folder.File("none"));
        Directory.Exists(folder.File("none")).ShouldBeFalse();
    }

    [Fact]
    public void Constructor_DiskWithoutRoom_RefusedAndNothingLeft()
    {
        using var disk = new SmallDisk(1024);
        Should.Throw<AutoDimException>(() => new NativeBuffer<byte>(4 << 20, disk.Path)).Message.ShouldContain($"cannot take 4,194,304 bytes in the folder '{disk.Path}' for tables");
        Directory.GetFileSystemEntries(disk.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Constructor_FolderIsAFile_Refused()
    {
        File.WriteAllText(folder.File("file"), "x");
        Should.Throw<AutoDimException>(() => new NativeBuffer<byte>(4 << 20, folder.File("file"))).Message.ShouldContain("or leave --tables-in out");
    }
}

using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;
using AutoDim.Updating;

namespace AutoDim.Tests.Reliability;

/// <summary>
/// A kill leaves on disk what is there at that moment. At every point of every file's writing the folder is copied, as a kill there would leave
/// it; the same job then goes on from each copy, and must come to what it came to undisturbed, with nothing left over.
/// </summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class WritePointTests : IDisposable
{
    /// <summary>Into the model's own folder: a job that is repeated once its model is there has nothing left to do, and says so.</summary>
    private const string InPlace = "in place: ";

    private static readonly TrainingOptions Training = new() { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01, L2 = 1e-4 } };
    private static readonly List<string[]> Rows = [];

    private readonly PreparedClicks clicks = new(rows: 300);
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        clicks.Dispose();
    }

    public static TheoryData<string> Jobs() => ["prepare", "search", "train", "run", "export", "update", InPlace + "update", InPlace + "compress"];

    [Theory, MemberData(nameof(Jobs))]
    public void KilledAtAnyPointOfAWrite_GoesOnToTheSameFiles(string name)
    {
        var (job, check) = Job(name);
        FolderContents.Copy(Before(name), folder.File("whole"));
        List<string> copies = [];
        AtomicFile.Watcher.Value = point =>
        {
            copies.Add(folder.File($"{copies.Count}-{point}"));
            FolderContents.Copy(folder.File("whole"), copies[^1]);
        };
        job(folder.File("whole"));
        AtomicFile.Watcher.Value = null;
        var expected = FolderContents.Of(folder.File("whole"));
        copies.Count.ShouldBeGreaterThanOrEqualTo(12);
        foreach (var copy in copies)
        {
            check(copy);
            job(copy);
            FolderContents.ShouldBeSame(copy, expected, copy);
        }

        lock (Rows)
        {
            Rows.Add([name, $"{copies.Count / 4:N0}", $"{copies.Count:N0}", $"{copies.Count:N0}"]);
            if (Rows.Count == Jobs().Count) Support.Reliability.Record("write-points", Support.Reliability.Table(["job", "files written", "kills", "same files in the end"], Rows.OrderBy(row => row[0], StringComparer.Ordinal)));
        }
    }

    /// <summary>A folder in which the job finds what a former one left.</summary>
    private string Before(string name)
    {
        var place = Directory.CreateDirectory(folder.File("before")).FullName;
        if (name == "prepare") FolderContents.Copy(clicks.Folder, Path.Combine(place, "data"));
        if (name is "export" or "update") Train(place, "lr");
        if (name.StartsWith(InPlace, StringComparison.Ordinal)) Train(place, "deepfm");
        if (name == "export") Export(place);
        return place;
    }

    /// <summary>A job in a folder, and what must hold of the folder wherever the job was stopped.</summary>
    private (Action<string> Do, Action<string> Check) Job(string name) => name switch
    {
        "prepare" => (place => Preparation.Run(new PrepareOptions { Files = [clicks.Csv], TestFiles = [clicks.Later], Schema = clicks.Schema, Out = Path.Combine(place, "data"), Overwrite = true }, cancellation: TestContext.Current.CancellationToken),
            place => ClickData.Open(Path.Combine(place, "data")).Dispose()),
        "search" => (Search, _ => { }),
        "train" => (place => Train(place, "deepfm"), LoadsWhatIsThere),
        "run" => (Run, LoadsWhatIsThere),
        "export" => (Export, place => TrainedModel.Load(Path.Combine(place, "model"), pool).Dispose()),
        "update" => (place => Update(place, "updated"), place => TrainedModel.Load(Path.Combine(place, "model"), pool).Dispose()),
        InPlace + "update" => (place => Once(() => Update(place, "")), LoadsWhatIsThere),
        _ => (place => Once(() => Compress(place)), LoadsWhatIsThere),
    };

    private static void Once(Action job)
    {
        try
        {
            job();
        }
        catch (AutoDimException exception) when (exception.Message.Contains(" already, ", StringComparison.Ordinal))
        {
            // Done, by the one that was killed.
        }
    }

    private void LoadsWhatIsThere(string place)
    {
        if (File.Exists(Path.Combine(place, "model", ModelManifest.Name))) TrainedModel.Load(Path.Combine(place, "model"), pool).Dispose();
    }

    private void Search(string place)
    {
        using var data = clicks.Open();
        using var run = new RunFolder(place, isLocked: true);
        new SearchJob(data, new SearchJobOptions { Run = Options }, run, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
    }

    private void Run(string place)
    {
        using var data = clicks.Open();
        using var run = new RunFolder(place, isLocked: true);
        new Run(data, Options, run, pool, new RunObserver()).Execute(0, TestContext.Current.CancellationToken);
    }

    private static RunOptions Options => new() { Model = "fm", Training = Training, TuneL2 = [1e-4], Search = new() { Candidates = [1, 2], Epochs = 2 }, Confirm = 1 };

    private void Train(string place, string model)
    {
        using var data = clicks.Open();
        using var run = new RunFolder(place, isLocked: true);
        new TrainJob(data, new TrainJobOptions { Model = model, Dim = 2, ModelOptions = new() { Hidden = [4] }, Training = Training }, run, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
    }

    private void Export(string place)
    {
        using var model = TrainedModel.Load(Path.Combine(place, "model"), pool);
        ModelExport.Write(model, ArrayFormat.Npz, new ExportOptions { GoldenRows = 4 }, Path.Combine(place, "export"));
    }

    private void Compress(string place)
    {
        using var model = TrainedModel.Load(Path.Combine(place, "model"), pool);
        using var run = new RunFolder(place, isLocked: true);
        new CompressJob(model, null, pool, new RunObserver()).Execute("80%", [RowStorage.Float16], run, null, 0, test: false, TestContext.Current.CancellationToken);
    }

    private void Update(string place, string to)
    {
        using var model = TrainedModel.Load(Path.Combine(place, "model"), pool);
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        using var run = new RunFolder(Path.Combine(place, to), isLocked: true);
        new UpdateJob(model, pool, new RunObserver()).Execute(model.ReadCells([clicks.Csv], needsLabel: true, bad), new UpdateOptions { Epochs = 2 }, run, TestContext.Current.CancellationToken);
    }
}

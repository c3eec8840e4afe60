using System.Globalization;
using System.Text.Json.Nodes;
using AutoDim.Cli.Commands;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Settings;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Reliability;

/// <summary>
/// What released formats wrote still loads, and gives what it gave: Artefacts/ holds prepared data, models, a plan and a training that was
/// stopped, each as a version of AutoDim left it, from generated rows. Before a format changes, AUTODIM_ARTEFACTS=NAME and --filter-class '*OldArtefactTests'
/// write a folder of that name as the format still is; folders that are there are never changed.
/// </summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class OldArtefactTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
    }

    public static TheoryData<string> Versions() => [.. Directory.GetDirectories(SharedData.Repository("test/AutoDim.Tests/Artefacts")).Select(path => Path.GetFileName(path)!)];

    [Theory, MemberData(nameof(Versions))]
    public void Models_OfAnOlderVersion_ScoreAsTheyDid(string version) => ModelsShouldScoreAsTheyDid(Store(version, "")).ShouldBeGreaterThanOrEqualTo(2);

    [Theory, MemberData(nameof(Versions))]
    public void Exports_OfAnOlderVersion_AreWholeAndScoreAsTheyDid(string version) => ExportsShouldScoreAsTheyDid(Store(version, ""));

    /// <summary>What this version writes, it reads; and every kind is among it.</summary>
    [Fact]
    public void Store_WrittenByThisVersion_HasEveryKindAndIsRead()
    {
        var name = Environment.GetEnvironmentVariable("AUTODIM_ARTEFACTS");
        var place = string.IsNullOrEmpty(name) ? folder.File("store") : Store(name, "");
        Directory.Exists(place).ShouldBeFalse($"'{place}' is there already, and is not to be changed");
        Directory.CreateDirectory(place);
        new ArtefactStore(place, pool).Write();
        ModelsShouldScoreAsTheyDid(place).ShouldBe(2 + 3 + Bench.RowFormNames.Count() + 2 + 2 + 1); // numbers and packed, other storages, forms, masks, rounded in training, updated
        ExportsShouldScoreAsTheyDid(place).ShouldBe(3);
        var storages = Directory.GetFiles(place, ModelManifest.Name, SearchOption.AllDirectories).SelectMany(path => ModelManifest.Load(Path.GetDirectoryName(path)!).Storages);
        Enum.GetValues<RowStorage>().Except(storages).ShouldBeEmpty();
        using var data = ClickData.Open(Path.Combine(place, "data"));
        PlanFile.Load(Path.Combine(place, "plan.json"), data);
        File.Exists(Path.Combine(place, "started/run.yaml")).ShouldBeTrue();
    }

    [Theory, MemberData(nameof(Versions))]
    public void DataPlanAndCheckpoint_OfAnOlderVersion_GoOnToTheSameResult(string version)
    {
        using var data = ClickData.Open(Store(version, "data"));
        PlanFile.Load(Store(version, "plan.json"), data).Fields.Select(field => (field.Dim, field.Storage)).ShouldBe([(3, RowStorage.Int8), (4, RowStorage.Float16), (2, RowStorage.Int4), (2, RowStorage.Float32)]);
        FolderContents.Copy(Store(version, "started"), folder.File("started"));
        var options = new TrainJobOptions();
        var record = SettingsFile.Load(Store(version, "started/run.yaml"));
        foreach (var setting in SettingList.Of(typeof(TrainJobOptions)).Where(setting => record.GetValueOrDefault(setting.Name, "").Length > 0)) setting.Set(options, record[setting.Name], setting.Name);
        var steps = new Counter();
        using (var run = new RunFolder(folder.File("started"), isLocked: true)) new TrainJob(data, options, run, pool, steps).Execute(TestContext.Current.CancellationToken);
        var (expected, actual) = (Result(Store(version, "started-result.json")), Result(folder.File("started/result.json")));
        ((double)actual["valid"]!["auc"]!).ShouldBe((double)expected["valid"]!["auc"]!, 0.01); // likewise, over thousands of steps
        steps.Steps.ShouldBeLessThan((int)(options.Training.Epochs * (data.Train.RowCount / options.Training.BatchSize))); // it did not begin anew
    }

    [Fact]
    public void FormatVersion_OfTheFutureOrThePast_IsTold()
    {
        FolderContents.Copy(Store("0.1", ""), folder.File("store"));
        using var data = ClickData.Open(folder.File("store/data"));
        using (var model = TrainedModel.Load(folder.File("store/model"), pool)) ModelExport.Write(model, ArrayFormat.Npz, new ExportOptions { GoldenRows = 2 }, folder.File("store/npz"));
        foreach (var (file, use) in (IEnumerable<(string, Action)>)
        [
            ("data/data.json", () => ClickData.Open(folder.File("store/data"))),
            ("model/manifest.json", () => TrainedModel.Load(folder.File("store/model"), pool)),
            ("plan.json", () => PlanFile.Load(folder.File("store/plan.json"), data)),
            ("npz/export.json", () => ExportManifest.Load(folder.File("store/npz"))),
        ])
        {
            var path = folder.File($"store/{file}");
            var json = JsonNode.Parse(File.ReadAllText(path))!;
            foreach (var (version, when) in ((int, string)[])[(99, "a later version of autodim"), (0, "an earlier version of autodim")])
            {
                json["formatVersion"] = version;
                json["model"] = new JsonObject(); // and whatever else another version has made of it
                File.WriteAllText(path, json.ToJsonString());
                var message = Should.Throw<AutoDimException>(use, file).Message;
                message.ShouldContain($"has format version {version}, this program reads");
                message.ShouldContain(when);
                message.ShouldContain("use that one, or ");
            }
        }
    }

    /// <summary>How many models there are.</summary>
    private int ModelsShouldScoreAsTheyDid(string place)
    {
        string[] files = Directory.GetFiles(place, "*" + ArtefactStore.Predictions);
        foreach (var file in files)
        {
            var expected = File.ReadLines(file).Skip(1).Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
            var model = TrainedModel.Find(file[..^ArtefactStore.Predictions.Length]);
            using var predictor = Predictor.Load(model);
            var probabilities = predictor.PredictFile(Path.Combine(place, "later.csv")).ToArray();
            probabilities.Length.ShouldBe(expected.Length);
            for (var i = 0; i < expected.Length; i++) ((double)probabilities[i]).ShouldBe(expected[i], 1e-6, model); // another processor may round otherwise
            using var mapped = TrainedModel.Map(model, ModelManifest.Load(model), pool);
            mapped.Frequencies().ShouldNotBeNull();
        }

        return files.Length;
    }

    /// <summary>How many exports there are.</summary>
    private static int ExportsShouldScoreAsTheyDid(string place)
    {
        string[] exports = [.. Directory.GetFiles(place, ExportManifest.Name, SearchOption.AllDirectories).Select(path => Path.GetDirectoryName(path)!)];
        foreach (var export in exports) ModelExport.Verify(export, ExportCommand.FormatOf(ExportManifest.Load(export).Format));
        return exports.Length;
    }

    private static JsonNode Result(string path) => JsonNode.Parse(File.ReadAllText(path))!;

    private static string Store(string version, string name) => SharedData.Repository(Path.Combine("test/AutoDim.Tests/Artefacts", version, name));
}

using System.Globalization;
using System.Text.Json.Nodes;
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
/// stopped, each as a version of AutoDim left it, from generated rows. A version that changes a format adds a folder and changes none.
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
    public void Models_OfAnOlderVersion_ScoreAsTheyDid(string version)
    {
        foreach (var model in (string[])["model", "packed"])
        {
            var expected = File.ReadLines(Store(version, $"{model}-predictions.csv")).Skip(1).Select(line => double.Parse(line, CultureInfo.InvariantCulture)).ToArray();
            using var predictor = Predictor.Load(Store(version, model));
            var probabilities = predictor.PredictFile(Store(version, "later.csv")).ToArray();
            probabilities.Length.ShouldBe(expected.Length);
            for (var i = 0; i < expected.Length; i++) ((double)probabilities[i]).ShouldBe(expected[i], 1e-6); // another processor may round otherwise
            using var mapped = TrainedModel.Map(Store(version, model), ModelManifest.Load(Store(version, model)), pool);
            mapped.Frequencies().ShouldNotBeNull();
        }
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
        steps.Steps.ShouldBeLessThan(40 * 179); // it did not begin anew
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

    private static JsonNode Result(string path) => JsonNode.Parse(File.ReadAllText(path))!;

    private static string Store(string version, string name) => SharedData.Repository(Path.Combine("test/AutoDim.Tests/Artefacts", version, name));
}

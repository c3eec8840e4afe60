using System.Text.Json;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;
using AutoDim.Updating;

namespace AutoDim.Tests.Updating;

/// <summary>Planted: a click depends on the item alone; the new days have items that training had not.</summary>
public sealed class UpdatingTests : IDisposable
{
    private readonly ClickLog log = new();
    private readonly WorkerPool pool = new(1);

    public void Dispose()
    {
        pool.Dispose();
        log.Dispose();
    }

    [Theory, InlineData(RowStorage.Float32), InlineData(RowStorage.Float16), InlineData(RowStorage.Int8), InlineData(RowStorage.Int4), InlineData(RowStorage.Int4, true)]
    public void Update_NewItems_RaisesTheAucOfTheTailWithinTheBytes(RowStorage storage, bool isRounded = false)
    {
        using var trained = Train(storage, isRounded);
        var result = Update(trained, Rows("new.csv", 2, 3000, firstItem: 20), new UpdateOptions { Epochs = 5, LearningRate = 0.02 });
        result.BytesAfter.ShouldBeLessThanOrEqualTo(result.BytesBefore);
        result.Fields[1].Admitted.ShouldBeGreaterThan(5);
        result.Fields[1].Evicted.ShouldBeGreaterThan(5);
        result.HeldOut!.AucDeltaInterval[0].ShouldBeGreaterThan(0.05);
        using var updated = TrainedModel.Load(log.Path("updated/model"), pool);
        PlanBytes.Of(updated.Manifest.Plan, updated.Manifest.Fields, ModelCatalog.Find("deepfm").LinearRow(updated.Manifest.Options)).Deployed.ShouldBe(result.BytesAfter);
        updated.Manifest.Forms.ShouldBe(trained.Manifest.Forms);
        updated.Frequencies()!.Train[1].Sum().ShouldBe(trained.Frequencies()!.Train[1].Sum() + result.RowsLearned);
    }

    [Fact]
    public void Update_NothingToLearn_ScoresAreTheSame()
    {
        using var trained = Train(RowStorage.Float32);
        var rows = Rows("new.csv", 2, 600, firstItem: 20);
        var result = Update(trained, rows, new UpdateOptions { Epochs = 0, Budget = "10MB" });
        result.Fields[1].Admitted.ShouldBe(20);
        result.Fields.Sum(field => field.Evicted).ShouldBe(0);
        using var updated = TrainedModel.Load(log.Path("updated/model"), pool);
        Scores(updated, rows).ShouldBe(Scores(trained, rows)); // of admitted values too: they start as unseen ones
        Scores(updated, log.Path("old.csv")).ShouldBe(Scores(trained, log.Path("old.csv")));
    }

    [Fact]
    public void Update_DryRun_TellsTheSameAndWritesNothing()
    {
        using var trained = Train(RowStorage.Float32);
        var rows = Rows("new.csv", 2, 600, firstItem: 20);
        var told = Update(trained, rows, new UpdateOptions(), dryRun: true);
        Directory.Exists(log.Path("updated")).ShouldBeFalse();
        Update(trained, rows, new UpdateOptions()).Fields.ShouldBe(told.Fields);
    }

    /// <summary>Folders of before keep neither frequencies nor validation metrics.</summary>
    [Fact]
    public void OlderModel_UpdateAndDrift_DoWhatTheyCanAndSaySo()
    {
        using (var current = Train(RowStorage.Float32)) Keep(current.Manifest with { Frequencies = null, Training = new() });
        using var older = TrainedModel.Load(log.Path("model"), pool);
        var rows = Rows("new.csv", 2, 3000, firstItem: 20);
        var drift = DriftCheck.Of(older, Cells(older, rows));
        drift.Notes.Count.ShouldBe(2);
        drift.Now.ShouldNotBeNull();
        drift.AucDelta.ShouldBeNull();
        var result = Update(older, rows, new UpdateOptions { Epochs = 5, LearningRate = 0.02 });
        result.Fields[1].Admitted.ShouldBeGreaterThan(5);
        result.BytesAfter.ShouldBeLessThanOrEqualTo(result.BytesBefore);
    }

    [Fact]
    public void Update_IntoTheModelsOwnFolder_TakesItsPlace()
    {
        var rows = Rows("new.csv", 2, 3000, firstItem: 20);
        using (var trained = Train(RowStorage.Float32)) Update(trained, rows, new UpdateOptions { Epochs = 5, LearningRate = 0.02 }, to: "");
        using var updated = TrainedModel.Load(log.Path("model"), pool);
        DriftCheck.Of(updated, Cells(updated, Rows("next.csv", 5, 3000, firstItem: 20))).Now!.Metrics.Auc.ShouldBeGreaterThan(0.6);
        updated.Manifest.Files.Select(file => file.Name).Append(ModelManifest.Name).ShouldBe(Directory.GetFiles(log.Path("model")).Select(Path.GetFileName), ignoreOrder: true);

        // Stopped just after, and repeated: they must not be learned twice. Into another folder they may.
        Should.Throw<AutoDimException>(() => Update(updated, rows, new UpdateOptions(), to: "")).Message.ShouldContain("has learned just these rows already");
        Update(updated, rows, new UpdateOptions(), to: "again");
    }

    [Theory, InlineData(1), InlineData(60), InlineData(149)]
    public void Update_StoppedAndRepeated_GoesOnToTheSameModel(int after)
    {
        using var trained = Train(RowStorage.Int8);
        var (rows, options, steps) = (Rows("new.csv", 2, 3000, firstItem: 20), new UpdateOptions { Epochs = 5, LearningRate = 0.02 }, new Counter());
        Update(trained, rows, options, to: "whole", observer: steps);
        var whole = steps.Steps;
        whole.ShouldBe(5 * 38); // 2,400 rows learned, 64 a step
        using var cancellation = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Update(trained, rows, options, observer: new Canceller("update", after, cancellation), cancellation: cancellation));
        var unfinished = Directory.GetDirectories(log.Path("updated")).ShouldHaveSingleItem();
        FolderContents.Copy(log.Path("updated"), log.Path("other"));
        var rest = new Counter();
        Update(trained, rows, options, observer: rest);
        rest.Steps.ShouldBe(whole - after);
        FolderContents.ShouldBeSame(log.Path("updated"), FolderContents.Of(log.Path("whole")), "goes on");
        Directory.Exists(unfinished).ShouldBeFalse();

        // What another update left is not gone on from, and does not stay.
        var anew = new Counter();
        Update(trained, rows, options with { Seed = 9 }, to: "other", observer: anew);
        anew.Steps.ShouldBe(whole);
        Directory.GetDirectories(log.Path("other")).ShouldBe([log.Path("other/model")]);
    }

    /// <summary>Killed between the model's taking its place and the checkpoint's removal.</summary>
    [Fact]
    public void Update_RepeatedInItsOwnFolder_RemovesWhatTheFirstLeft()
    {
        var rows = Rows("new.csv", 2, 600, firstItem: 20);
        using (var trained = Train(RowStorage.Float32)) Update(trained, rows, new UpdateOptions(), to: "");
        Directory.CreateDirectory(log.Path("update-0123456789abcdef/checkpoint"));
        using var updated = TrainedModel.Load(log.Path("model"), pool);
        Should.Throw<AutoDimException>(() => Update(updated, rows, new UpdateOptions(), to: "")).Message.ShouldContain("has learned just these rows already");
        Directory.Exists(log.Path("update-0123456789abcdef")).ShouldBeFalse();
    }

    [Fact]
    public void Drift_SameDistribution_IsFine()
    {
        using var trained = Train(RowStorage.Float32);
        var result = DriftCheck.Of(trained, Cells(trained, Rows("same.csv", 3, 3000, firstItem: 0)));
        result.Verdict.ShouldBe("fine", string.Join("; ", result.Reasons));
        result.Fields.ShouldAllBe(field => field.Psi < PopulationStability.Moderate);
    }

    [Fact]
    public void Drift_ShiftedItems_ComeFirstAndCallForAnUpdate()
    {
        using var trained = Train(RowStorage.Float32);
        var result = DriftCheck.Of(trained, Cells(trained, Rows("new.csv", 3, 3000, firstItem: 10)));
        result.Verdict.ShouldNotBe("fine");
        result.Fields[0].Field.ShouldBe("item");
        result.Fields[0].UnseenNow!.Value.ShouldBe(0.5, 0.05);
        result.Fields[1].IsShifted.ShouldBeFalse();
    }

    [Fact]
    public void Index_TwoGroups_IsTheFormula()
    {
        // One value and unseen ones, half an occurrence more in each of three groups: unseen, missing, the value.
        var (index, _) = PopulationStability.Of(new Field("f", 3) { Map = RowMap.Vocabulary }, [0, 0, 10], [10, 0, 90], [30, 0, 70]);
        double[] p = [10.5 / 101.5, 0.5 / 101.5, 90.5 / 101.5], q = [30.5 / 101.5, 0.5 / 101.5, 70.5 / 101.5];
        index.ShouldBe(p.Zip(q, (before, now) => (now - before) * Math.Log(now / before)).Sum(), 1e-12);
    }

    private void Keep(ModelManifest manifest) => File.WriteAllText(log.Path(Path.Combine("model", ModelManifest.Name)), JsonSerializer.Serialize(manifest, ModelJson.Default.ModelManifest));

    private UpdateResult Update(TrainedModel trained, string path, UpdateOptions options, bool dryRun = false, string to = "updated", RunObserver? observer = null, CancellationTokenSource? cancellation = null)
    {
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        return new UpdateJob(trained, pool, observer ?? new RunObserver()).Execute(trained.ReadCells([path], needsLabel: true, bad), options, dryRun ? null : new RunFolder(log.Path(to)), cancellation?.Token ?? TestContext.Current.CancellationToken);
    }

    private static RawCells Cells(TrainedModel trained, string path)
    {
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        return trained.ReadCells([path], needsLabel: false, bad);
    }

    private static float[] Scores(TrainedModel model, string path)
    {
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        return [.. model.ScoreFile(path, bad, 64).SelectMany(part => part.Logits)];
    }

    /// <param name="isRounded">Whether rows are rounded while they train.</param>
    private TrainedModel Train(RowStorage storage, bool isRounded = false)
    {
        log.Run("label: {column: click}\nfields: [{column: user}, {column: item}]\n", Rows("old.csv", 1, 3000, firstItem: 0), options => options with { ValidFiles = [Rows("valid.csv", 4, 2000, firstItem: 0)], TestFiles = [log.Path("valid.csv")] });
        using var data = ClickData.Open(log.Out);
        var (folding, modelOptions) = (new RowFolding(data, []), new ModelOptions { Hidden = [8] });
        var plan = EmbeddingPlan.Of(data.Fields, [4, 4]).Stored(storage);
        if (isRounded) plan = plan.Rounded;
        var entry = ModelCatalog.Find("deepfm");
        using var numbers = entry.Create(ModelContext.Planned(data.Fields, plan, modelOptions, 3, pool));
        using var learner = new Learner(numbers, new TrainingOptions { Epochs = 4, BatchSize = 64, LearningRate = 0.02, Tables = new() { LearningRate = 0.02 } });
        new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
        using var model = entry.Create(ModelContext.Planned(data.Fields, plan, modelOptions, 3, pool, packed: true));
        Packing.Pack(numbers, model);
        using var scorer = new Scorer(model, 64);
        TrainedModel.Save(log.Path("model"), model, new ModelManifest
        {
            Model = "deepfm",
            Options = modelOptions,
            Fields = model.Fields,
            Dims = [4, 4],
            Storages = plan.Storages,
            Forms = plan.Forms,
            Training = new TrainingRecord { Valid = ValidationRecord.Of(scorer.Score(data.Valid), Labels.Of(data.Valid)) },
        }, RawMap.Of(data), RowFrequencies.Of(data, folding));
        return TrainedModel.Load(log.Path("model"), pool);
    }

    /// <summary>Rows of 30 users and 20 items from a first one on; odd items are clicked.</summary>
    private string Rows(string name, ulong seed, int rows, int firstItem)
    {
        var random = new CounterRandom(seed, 7);
        return log.Write(name, "click,user,item\n" + string.Concat(Enumerable.Range(0, rows).Select(i =>
        {
            var item = firstItem + random.Below(4L * i, 20);
            return $"{(random.Uniform((4L * i) + 1) < (item % 2 == 1 ? 0.8 : 0.2) ? 1 : 0)},u{random.Below((4L * i) + 2, 30)},i{item}\n";
        })));
    }
}

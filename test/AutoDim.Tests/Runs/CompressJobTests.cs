using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class CompressJobTests : IDisposable
{
    private static readonly ModelOptions Options = new() { Hidden = [8], InitialDeviation = 0.3, LinearTerm = LinearTerm.ValueVectors };

    private readonly PreparedClicks clicks = new();
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public CompressJobTests() => data = clicks.Open();

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        data.Dispose();
        clicks.Dispose();
    }

    [Theory, InlineData("deepfm", true), InlineData("deepfm", false), InlineData("dnn", true), InlineData("din", true), InlineData("ffm", true), InlineData("widedeep", false), InlineData("fwfm", true)]
    public void Execute_HalfOfTheBytes_TheArtefactKeepsToItAndScoresAsTold(string model, bool withData)
    {
        Train(model, [6, 6, 6, 6], Projection.Linear, epochs: 3);
        using var trained = TrainedModel.Load(folder.File("run/model"), pool);
        var result = Compress(trained, "50%", withData ? data : null, test: withData);
        result.BytesAfter.ShouldBeLessThanOrEqualTo(result.BytesBefore / 2);
        using var small = TrainedModel.Load(folder.File("small/model"), pool);
        var entry = ModelCatalog.Find(model);
        var plan = EmbeddingPlan.Of(small.Manifest.Fields, small.Manifest.Dims, small.Manifest.Storages);
        PlanBytes.Of(plan, small.Manifest.Fields, entry.LinearRow(small.Manifest.Options)).Deployed.ShouldBe(result.BytesAfter);
        var maps = small.Model.Parameters.Where(parameter => parameter.Name.StartsWith("map.", StringComparison.Ordinal)).Sum(parameter => parameter.Length) * sizeof(float);
        (small.Model.Set.Bytes + maps + small.Manifest.Fields.Sum(field => field.VocabularyBytes)).ShouldBe(result.BytesAfter);
        var raw = small.ScoreFile(clicks.Later, new BadRows(BadRowPolicy.Fail, null), 50).SelectMany(part => part.Logits).ToArray();
        using var scorer = new Scorer(small.Model, 64);
        scorer.Score(small.FoldingOf(data).Apply(data.Test)).ShouldBe(raw);
        if (!withData) return;
        Auc.Compute(raw, Labels.Of(data.Test)).ShouldBe(result.Test!.After.Auc, 1e-9);
        result.Test.AucDelta.ShouldBe(result.Test.After.Auc - result.Test.Before.Auc, 1e-9);
        result.Valid!.AucDelta.ShouldBeGreaterThan(-0.1);
        var fineTuning = new TrainingOptions { Epochs = 4, BatchSize = 64, LearningRate = 5e-3, Tables = new() { LearningRate = 5e-3 } };
        var tuned = Compress(trained, "50%", data, fineTuning: fineTuning);
        tuned.BytesAfter.ShouldBe(result.BytesAfter);
        tuned.Valid!.After.Auc.ShouldBeGreaterThanOrEqualTo(result.Valid.After.Auc - 1e-4); // halves are rounded afterwards
        double TwoBits(TrainingOptions? training, double distillation = 0) => Compress(trained, "50%", data, fineTuning: training, storages: [RowStorage.Int2], distillation: distillation).Valid!.After.Auc;
        var (rounded, further, taught) = (TwoBits(null), TwoBits(fineTuning), TwoBits(fineTuning, distillation: 1));
        further.ShouldBeGreaterThan(rounded);
        taught.ShouldBeGreaterThanOrEqualTo(rounded); // what does not gain is not kept
        taught.ShouldNotBe(further);
    }

    /// <summary>Rows that lie in a plane need two dimensions and a map: where a dimension must go, it is one of theirs, and the model says the same but for rounding.</summary>
    [Theory, InlineData("deepfm", Projection.Linear, 6), InlineData("deepfm", Projection.Linear, 4), InlineData("deepfm", Projection.ZeroPadding, 4), InlineData("fwfm", Projection.Linear, 6)]
    public void Execute_RowsOfTwoDirections_LoseADimensionAndSayTheSame(string model, Projection projection, int userDim)
    {
        Train(model, [userDim, 6, 6, 6], projection, epochs: 0);
        using var trained = TrainedModel.Load(folder.File("run/model"), pool);
        var bytes = Compress(trained, "100%", null, storages: [RowStorage.Float32]).BytesBefore;
        var smaller = Compress(trained, $"{bytes - 40}", null, storages: [RowStorage.Float32]);
        smaller.Fields[0].DimAfter.ShouldBeInRange(2, userDim - 1);
        smaller.Fields.ShouldAllBe(field => field.Loss < 1e-9);
        using var small = TrainedModel.Load(folder.File("small/model"), pool);
        using Scorer before = new(trained.Model, 64), after = new(small.Model, 64);
        after.Score(data.Test).ShouldBe(before.Score(data.Test), 1e-4);
    }

    [Theory]
    [InlineData("lr", new[] { 2, 2, 2, 2 }, Projection.Linear, "50%", "no embedding vectors")]
    [InlineData("dnn", new[] { 1, 2, 3, 4 }, Projection.None, "50%", "no maps")]
    [InlineData("deepfm", new[] { 0, 2, 2, 2 }, Projection.Linear, "50%", "fields without vectors")]
    [InlineData("deepfm", new[] { 2, 2, 2, 2 }, Projection.Linear, "1%", "cannot be made as small as")]
    [InlineData("deepfm", new[] { 2, 2, 2, 2 }, Projection.Linear, "much", "budget 'much' is not a size")]
    public void Execute_ModelOrSizeThatCannotBe_SaysWhy(string model, int[] dims, Projection projection, string budget, string reason)
    {
        Train(model, dims, projection, epochs: 0);
        using var trained = TrainedModel.Load(folder.File("run/model"), pool);
        Should.Throw<AutoDimException>(() => Compress(trained, budget, null)).Message.ShouldContain(reason);
        Directory.GetFiles(folder.File("small")).ShouldBeEmpty();
    }

    /// <summary>A command that was killed once the model was in place, and is started again.</summary>
    [Fact]
    public void Execute_JustSoInItsOwnFolderAlready_RefusedUntilItLearnsAgain()
    {
        Train("deepfm", [6, 6, 6, 6], Projection.Linear, epochs: 0);
        using (var trained = TrainedModel.Load(folder.File("run/model"), pool)) Compress(trained, "70%", null, to: "run");
        using var small = TrainedModel.Load(folder.File("run/model"), pool);
        Should.Throw<AutoDimException>(() => Compress(small, "70%", null, to: "run")).Message.ShouldContain("has been compressed just so already");
        Compress(small, "90%", null);
        Compress(small, "80%", null, to: "run");
        using var smaller = TrainedModel.Load(folder.File("run/model"), pool);
        TrainedModel.Save(folder.File("run/model"), smaller.Model, smaller.Manifest with { Training = smaller.Manifest.Training with { LastCompression = null } }, RawMap.Of(data)); // as an update does
        using var updated = TrainedModel.Load(folder.File("run/model"), pool);
        Compress(updated, "80%", null, to: "run");
    }

    private CompressResult Compress(TrainedModel trained, string budget, ClickData? with, bool test = false, TrainingOptions? fineTuning = null, IReadOnlyList<RowStorage>? storages = null, string to = "small", double distillation = 0)
        => new CompressJob(trained, with, pool, new RunObserver()).Execute(budget, storages ?? [RowStorage.Float16, RowStorage.Int8, RowStorage.Int4], new RunFolder(folder.File(to)), fineTuning, distillation, test, TestContext.Current.CancellationToken);

    /// <summary>Saves a model; one that is not trained has user rows in a plane.</summary>
    private unsafe void Train(string name, int[] dims, Projection projection, int epochs)
    {
        var plan = EmbeddingPlan.Of(data.Fields, dims) with { Projection = projection };
        using var model = ModelCatalog.Find(name).Create(ModelContext.Planned(data.Fields, plan, Options, 3, pool));
        using var learner = new Learner(model, new TrainingOptions { Epochs = epochs, BatchSize = 64, LearningRate = 0.02, Tables = new() { LearningRate = 0.02 } });
        if (epochs > 0) new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
        else if (dims[0] > 2 && model.Tables.SingleOrDefault(table => table.Name == "embedding.user") is { } users)
        {
            for (var row = 0L; row < users.Rows; row++)
            {
                for (var k = 2; k < users.Dim; k++) users.Row(row)[k] = 0.5f - (users.Row(row)[0] * k) + users.Row(row)[1];
            }
        }

        TrainedModel.Save(folder.File("run/model"), model, new ModelManifest { Model = name, Options = Options, Fields = model.Fields, Dims = dims, Projection = projection, Data = data.Fingerprint }, RawMap.Of(data));
    }
}

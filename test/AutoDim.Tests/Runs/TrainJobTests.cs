using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class TrainJobTests
{
    /// <summary>A plan by hand whose users' vectors are made by a form, in a storage: the artefact takes the bytes that the plan promises, and scores raw rows as it was tested.</summary>
    [Theory]
    [InlineData("hash:5", "int8"), InlineData("qr:4", "int4"), InlineData("robe:20:2", "int8"), InlineData("tt:2", "float16")]
    [InlineData("dpq:2:4", "float32"), InlineData("dpq:2:4", "int8"), InlineData("dpqsx:2:4", "float32"), InlineData("mgqe:2:4:2", "float32"), InlineData("rounded:2", "int2"), InlineData("rounded:8", "int8"), InlineData("rounded:2", "float32"), InlineData("stored:8", "int8"), InlineData("stored:8", "int4"), InlineData("stored:8", "float32"), InlineData("stored:16", "float16")]
    public void Execute_PlanWithAForm_TrainsSavesAndScoresAsTested(string form, string storage)
    {
        using var clicks = new PreparedClicks();
        using var data = clicks.Open();
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        File.WriteAllText(folder.File("plan.json"), $$"""
            {"formatVersion": 1, "fields": [{"field": "user", "dim": 3, "form": "{{form}}", "storage": "{{storage}}"}, {"field": "item", "dim": 4, "minCount": 70, "form": "{{form}}"}, {"field": "tags", "dim": 4}, {"field": "price", "dim": 2}]}
            """);
        var options = new TrainJobOptions
        {
            Model = "deepfm",
            Plan = folder.File("plan.json"),
            Test = true,
            ModelOptions = new ModelOptions { Hidden = [8] },
            Training = new TrainingOptions { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } },
        };
        var result = new TrainJob(data, options, new RunFolder(folder.File("run")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        var plan = PlanFile.Load(folder.File("run/plan.json"), data);
        plan.Fields.Take(3).Select(field => field.Form?.Text).ShouldBe([form, form, null]);
        using var trained = TrainedModel.Load(folder.File("run/model"), pool);
        PlanBytes.Of(plan, trained.Manifest.Fields, linear: LinearRow.Weight).Deployed.ShouldBe(result.Test!.DeployedEmbeddingBytes);
        var weights = Directory.GetFiles(folder.File("run/model"), "weights-*").Single();
        (new FileInfo(weights).Length - TensorFile.HeadBytes(weights)).ShouldBe(result.Test.TotalBytes - trained.Manifest.Fields.Sum(field => field.VocabularyBytes));
        using var predictor = Predictor.Load(folder.File("run"));
        var predicted = predictor.PredictFile(clicks.Later);
        predicted.ShouldBe(predictor.Predict(data, data.Test));
        Auc.Compute([.. predicted], Labels.Of(data.Test)).ShouldBe(result.Test.Auc, 1e-6);
    }

    /// <summary>Without a plan, all fields' rows by two options: stored in eight bits while they train, and deployed so.</summary>
    [Fact]
    public void Execute_FormAndStorageOfAllFields_AreThePlans()
    {
        using var clicks = new PreparedClicks();
        using var data = clicks.Open();
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var options = new TrainJobOptions { Model = "fm", Dim = 32, Storage = RowStorage.Int8, Form = "stored:8", Training = new TrainingOptions { Epochs = 1, BatchSize = 128 } };
        var result = new TrainJob(data, options, new RunFolder(folder.File("run")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        result.Valid.EmbeddingBytes.ShouldBe(data.Fields.Sum(field => field.Rows * (32 + 1 + 1)));
        PlanFile.Load(folder.File("run/plan.json"), data).Fields.ShouldAllBe(field => field.Form == new StoredForm(8) && field.Storage == RowStorage.Int8);

        Should.Throw<AutoDimException>(() => new TrainJob(data, options with { Plan = folder.File("run/plan.json") }, new RunFolder(folder.File("other")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken)).Message.ShouldContain("leave out --form and --storage");
    }

    /// <summary>A model of another kind and size teaches; without a share it has no effect, and of other data it is refused before anything is kept.</summary>
    [Fact]
    public void Execute_Teacher_HasItsShareInWhatIsLearnt()
    {
        using var clicks = new PreparedClicks();
        using var data = clicks.Open();
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var training = new TrainingOptions { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };
        TrainJobResult Train(string name, TrainJobOptions options, ClickData? from = null) => new TrainJob(from ?? data, options with { Training = training }, new RunFolder(folder.File(name)), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        Train("teacher", new TrainJobOptions { Model = "deepfm", Dim = 4, ModelOptions = new ModelOptions { Hidden = [8] } });
        var student = new TrainJobOptions { Model = "fm", Dim = 2, Seeds = 2, Teacher = folder.File("teacher") };
        var (alone, half, whole, none) = (Train("alone", student with { Teacher = null }), Train("half", student), Train("whole", student with { Distillation = 1 }), Train("none", student with { Distillation = 0 }));
        none.Valid.Aucs.ShouldBe(alone.Valid.Aucs);
        new[] { alone, half, whole }.Select(result => result.Valid.Aucs[0]).Distinct().Count().ShouldBe(3);
        half.Valid.Aucs[0].ShouldNotBe(half.Valid.Aucs[1]);
        (alone.Valid.Distillation, half.Valid.Distillation).ShouldBe((0, 0.5));
        Train("again", student).Valid.Aucs.ShouldBe(half.Valid.Aucs);

        using var other = Toy.Clicks();
        Should.Throw<AutoDimException>(() => Train("other", student, other)).Message.ShouldContain("does not have the fields and rows");
        File.Exists(folder.File("other/run.yaml")).ShouldBeFalse();
    }

    /// <summary>A plan by hand: rare users share a row, items are packed. The artefact has the fewer rows and the shorter vocabulary, and scores raw rows as it was tested.</summary>
    [Theory, InlineData("deepfm"), InlineData("din")]
    public void Execute_PlanThatFoldsRareValues_TrainsSavesAndScoresWithTheRowsThatAreLeft(string model)
    {
        using var clicks = new PreparedClicks();
        using var data = clicks.Open();
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var usersLeft = data.TrainCounts[0].Skip(2).Count(count => count >= 62);
        File.WriteAllText(folder.File("plan.json"), """
            {"formatVersion": 1, "fields": [{"field": "user", "dim": 3, "minCount": 62}, {"field": "item", "dim": 4, "minCount": 140, "storage": "int8"}, {"field": "tags", "dim": 4}, {"field": "price", "dim": 2}]}
            """);
        var options = new TrainJobOptions
        {
            Model = model,
            Plan = folder.File("plan.json"),
            Test = true,
            ModelOptions = new ModelOptions { Hidden = [8] },
            Training = new TrainingOptions { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } },
        };
        var result = new TrainJob(data, options, new RunFolder(folder.File("run")), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        PlanFile.Load(folder.File("run/plan.json"), data).Fields[0].ShouldBe(new PlanField("user", 2 + usersLeft, 3) { MinCount = 62 });
        using var trained = TrainedModel.Load(folder.File("run/model"), pool);
        var (fields, bytes) = (trained.Manifest.Fields, VocabularyFile.Load(Path.Combine(trained.Folder, trained.Manifest.Vocabulary!.Name)).Sum(encoder => encoder.VocabularyBytes));
        fields[0].Rows.ShouldBe(2L + usersLeft);
        fields[0].Rows.ShouldBeLessThan(data.Fields[0].Rows);
        fields.Sum(field => field.VocabularyBytes).ShouldBe(bytes);
        bytes.ShouldBeLessThan(data.Fields.Sum(field => field.VocabularyBytes));
        var entry = ModelCatalog.Find(model);
        PlanBytes.Of(PlanFile.Load(folder.File("plan.json"), data), fields, entry.LinearRow(new())).Deployed.ShouldBe(result.Test!.DeployedEmbeddingBytes);
        var raw = trained.ScoreFile(clicks.Later, new BadRows(BadRowPolicy.Fail, null), 50).SelectMany(part => part.Logits).ToArray();
        using var scorer = new Scorer(trained.Model, 64);
        scorer.Score(trained.FoldingOf(data).Apply(data.Test)).ShouldBe(raw);
        using var predictor = Predictor.Load(folder.File("run"));
        predictor.Predict(data, data.Test).ShouldBe(predictor.PredictFile(clicks.Later));
        Auc.Compute(raw, Labels.Of(data.Test)).ShouldBe(result.Test.Auc, 1e-9);
    }
}

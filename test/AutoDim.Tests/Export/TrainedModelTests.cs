using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Export;

public sealed class TrainedModelTests : IDisposable
{
    private static readonly ModelOptions Options = Bench.SmallModel with { Hidden = [8, 4], InitialDeviation = 0.2 };

    private readonly PreparedClicks clicks = new(rows: 300);
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public TrainedModelTests() => data = clicks.Open();

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
        data.Dispose();
        clicks.Dispose();
    }

    public static TheoryData<string, int[], Projection> Cases() => Bench.Models();

    [Theory, MemberData(nameof(Cases))]
    public void Load_SavedModel_SamePredictionsFromPreparedDataAndFromTheRawFile(string name, int[] dims, Projection projection)
    {
        var expected = Save(name, dims, projection);
        using var loaded = TrainedModel.Load(folder.Path, pool);
        loaded.FoldingOf(data);
        using var scorer = new Scorer(loaded.Model, 50);
        scorer.Score(data.Test).AsSpan().SequenceEqual(expected).ShouldBeTrue();
        var raw = loaded.ScoreFile(clicks.Later, new BadRows(BadRowPolicy.Fail, null), 7).ToArray();
        raw.SelectMany(part => part.Logits).ToArray().AsSpan().SequenceEqual(expected).ShouldBeTrue();
        raw.SelectMany(part => part.Labels).ShouldBe(Labels.Of(data.Test));
        loaded.Manifest.Projection.ShouldBe(projection);
        using var mapped = TrainedModel.Map(folder.Path, ModelManifest.Load(folder.Path), pool);
        using var other = new Scorer(mapped.Model, 50);
        other.Score(data.Test).AsSpan().SequenceEqual(expected).ShouldBeTrue();
        mapped.Model.Tables.ShouldAllBe(table => table.IsReadOnly);
    }

    [Fact]
    public void Map_PackedRows_SamePredictions()
    {
        foreach (var storage in (RowStorage[])[RowStorage.Float16, RowStorage.Int8, RowStorage.Int4])
        {
            RowStorage[] storages = [storage, RowStorage.Float32, storage, storage];
            using var numbers = New("deepfm", [1, 5, 2, 1], Projection.Linear);
            var plan = EmbeddingPlan.Of(data.Fields, [1, 5, 2, 1], storages);
            using var packed = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, plan, Options, 3, pool, packed: true));
            Packing.Pack(numbers, packed);
            TrainedModel.Save(folder.Path, packed, Manifest(packed, "deepfm", [1, 5, 2, 1], Projection.Linear) with { Storages = storages }, RawMap.Of(data));
            using var mapped = TrainedModel.Map(folder.Path, ModelManifest.Load(folder.Path), pool);
            using Scorer expected = new(packed, 50), actual = new(mapped.Model, 7);
            actual.Score(data.Test).ShouldBe(expected.Score(data.Test));
        }
    }

    /// <summary>Read and mapped; and the file has the bytes that the plan tells, no more.</summary>
    [Theory, InlineData(RowStorage.Float32), InlineData(RowStorage.Float16), InlineData(RowStorage.Float8), InlineData(RowStorage.Int8), InlineData(RowStorage.Int4)]
    [InlineData(RowStorage.Float32, true), InlineData(RowStorage.Float16, true), InlineData(RowStorage.Float8, true), InlineData(RowStorage.Int8, true), InlineData(RowStorage.Int4, true), InlineData(RowStorage.Int3, true), InlineData(RowStorage.Int2, true)]
    public void Map_MaskedRows_SamePredictionsInTheBytesOfThePlan(RowStorage storage, bool arePrefixes = false)
    {
        int[] dims = [4, 5, 6, 1];
        using var numbers = New("deepfm", dims, Projection.Linear);
        using var masks = new Masks(EmbeddingPlan.Of(data.Fields, dims).Stored(storage), arePrefixes);
        masks.Apply(numbers);
        using var packed = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, masks.Plan, Options, 3, pool, packed: true));
        Packing.Pack(numbers, packed);
        TrainedModel.Save(folder.Path, packed, Manifest(packed, "deepfm", dims, Projection.Linear) with { Storages = masks.Plan.Storages, Forms = masks.Plan.Forms }, RawMap.Of(data));
        var manifest = ModelManifest.Load(folder.Path);
        using var mapped = TrainedModel.Map(folder.Path, manifest, pool);
        using var loaded = TrainedModel.Load(folder.Path, pool);
        using Scorer expected = new(packed, 50), read = new(loaded.Model, 7), seen = new(mapped.Model, 7);
        var scores = expected.Score(data.Test);
        read.Score(data.Test).ShouldBe(scores);
        seen.Score(data.Test).ShouldBe(scores);
        if (storage == RowStorage.Float32)
        {
            using var plain = new Scorer(numbers, 50);
            scores.ShouldBe(plain.Score(data.Test));
        }

        var weights = Path.Combine(folder.Path, manifest.Weights.Name);
        var dense = packed.Parameters.Concat(packed.Statistics).Sum(parameter => parameter.Length) * sizeof(float);
        (new FileInfo(weights).Length - TensorFile.HeadBytes(weights) - dense).ShouldBe(PlanBytes.Of(manifest.Plan, data.Fields, linear: LinearRow.Weight).Tables);
        packed.Set.Bytes.ShouldBe(PlanBytes.Of(manifest.Plan, data.Fields, linear: LinearRow.Weight).Tables);
    }

    public static TheoryData<string> RowForms() => [.. Bench.RowFormNames];

    /// <summary>What a form keeps of what was trained, in every storage, saved, read, and mapped; in float32 it scores as what was trained.</summary>
    [Theory, MemberData(nameof(RowForms))]
    public void Load_VectorsMadeByAForm_SamePredictions(string name)
    {
        int[] dims = [1, 5, 2, 1];
        using var model = New(name, dims, Projection.Linear);
        var trained = Train(model);
        foreach (var storage in Enum.GetValues<RowStorage>())
        {
            var plan = EmbeddingPlan.Of(data.Fields, dims, forms: Bench.FormsOf(name, dims.Length)).Stored(storage);
            using var packed = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, plan, Options, 3, pool, packed: true));
            Packing.Pack(model, packed);
            using var scorer = new Scorer(packed, 50);
            var expected = scorer.Score(data.Test);
            if (storage == RowStorage.Float32) expected.ShouldBe(trained);
            TrainedModel.Save(folder.Path, packed, Manifest(packed, name, dims, Projection.Linear) with { Storages = plan.Storages, Forms = plan.Forms }, RawMap.Of(data));
            using var loaded = TrainedModel.Load(folder.Path, pool);
            loaded.ScoreFile(clicks.Later, new BadRows(BadRowPolicy.Fail, null), 7).SelectMany(part => part.Logits).ShouldBe(expected);
            using var mapped = TrainedModel.Map(folder.Path, ModelManifest.Load(folder.Path), pool);
            using var other = new Scorer(mapped.Model, 7);
            other.Score(data.Test).ShouldBe(expected);
            mapped.Model.Tables.ShouldAllBe(table => table.IsReadOnly);
        }
    }

    [Fact]
    public void Map_FileCutShortOrOfAnotherModel_Refused()
    {
        Save();
        var manifest = ModelManifest.Load(folder.Path);
        Should.Throw<AutoDimException>(() => TrainedModel.Map(folder.Path, manifest with { Model = "fm" }, pool)).Message.ShouldContain("another model");
        Should.Throw<AutoDimException>(() => TrainedModel.Map(folder.Path, manifest with { Dims = [2, 5, 2, 1] }, pool)).Message.ShouldContain("another model");
        var path = Path.Combine(folder.Path, manifest.Weights.Name);
        var whole = File.ReadAllBytes(path);
        foreach (var length in (int[])[whole.Length - 1, whole.Length / 2, 100, 4, 0])
        {
            File.WriteAllBytes(path, whole[..length]);
            Should.Throw<AutoDimException>(() => TrainedModel.Map(folder.Path, manifest, pool)).Message.ShouldContain(folder.Path);
        }
    }

    [Fact]
    public void Load_AnyFileDamaged_RefusedWithItsName()
    {
        Save();
        foreach (var path in Directory.GetFiles(folder.Path))
        {
            var whole = File.ReadAllBytes(path);
            foreach (var damaged in (byte[][])[whole[..^1], whole[..(whole.Length / 2)], [], [.. whole[..(whole.Length / 3)], (byte)(whole[whole.Length / 3] ^ 4), .. whole[((whole.Length / 3) + 1)..]]])
            {
                File.WriteAllBytes(path, damaged);
                Should.Throw<AutoDimException>(() => TrainedModel.Load(folder.Path, pool), path).Message.ShouldContain(folder.Path);
            }

            File.Delete(path);
            Should.Throw<AutoDimException>(() => TrainedModel.Load(folder.Path, pool), path).Message.ShouldContain(folder.Path);
            File.WriteAllBytes(path, whole);
        }

        TrainedModel.Load(folder.Path, pool).Dispose();
    }

    [Theory]
    [InlineData("\"formatVersion\": 2", "\"formatVersion\": 3", "has format version 3")]
    [InlineData("\"model\": \"deepfm\"", "\"model\": \"fm\"", "another model")]
    [InlineData("\"model\": \"deepfm\"", "\"model\": \"gbdt\"", "no model 'gbdt'")]
    [InlineData("\"projection\": \"Linear\"", "\"projection\": \"ZeroPadding\"", "another model")]
    [InlineData("\"projection\": \"Linear\"", "\"projection\": \"Sideways\"", "no model that can be read")]
    [InlineData("\"dims\": [\n    1,", "\"dims\": [\n    2,", "another model")]
    [InlineData("\"dims\": [\n    1,", "\"dims\": [", "dims has not a dimension from 0 to 4096 for each field")]
    [InlineData("\"batchNorm\": true", "\"batchNorm\": false", "another model")]
    [InlineData("\"checksum\": \"", "\"checksum\": \"0", "is damaged")]
    public void Load_ManifestOfSomethingElse_SaysWhy(string text, string other, string reason)
    {
        Save();
        var path = Path.Combine(folder.Path, ModelManifest.Name);
        var manifest = RunRecords.Unsealed(File.ReadAllText(path));
        manifest.ShouldContain(text, Case.Sensitive);
        File.WriteAllText(path, manifest.Replace(text, other, StringComparison.Ordinal));
        Should.Throw<AutoDimException>(() => TrainedModel.Load(folder.Path, pool)).Message.ShouldContain(reason);
    }

    [Fact]
    public void Save_OverAFormerModel_HoldsTheNewOneAndNothingElse()
    {
        Save("fm", [2, 2, 2, 2]);
        var expected = Save();
        Directory.GetFiles(folder.Path).Select(path => Path.GetFileName(path).Split('-')[0]).Order().ShouldBe(["manifest.json", "schema", "vocabulary", "weights"]);
        using var loaded = TrainedModel.Load(folder.Path, pool);
        using var scorer = new Scorer(loaded.Model, 50);
        scorer.Score(data.Test).ShouldBe(expected);
    }

    /// <summary>Saving fails after the new weights were written: the former model must still load and predict.</summary>
    [Fact]
    public void Save_FailsHalfway_FormerModelStays()
    {
        var expected = Save();
        using var model = New("fm", [2, 2, 2, 2], Projection.Linear);
        Should.Throw<AutoDimException>(() => TrainedModel.Save(folder.Path, model, Manifest(model, "fm", [2, 2, 2, 2], Projection.Linear), new RawMap(folder.File("nowhere"), folder.File("nowhere"))));
        using var loaded = TrainedModel.Load(folder.Path, pool);
        using var scorer = new Scorer(loaded.Model, 50);
        scorer.Score(data.Test).ShouldBe(expected);
    }

    [Fact]
    public void Save_FolderThatIsAFile_Refused()
    {
        using var model = New("fm", [2, 2, 2, 2], Projection.Linear);
        File.WriteAllText(folder.File("file"), "");
        Should.Throw<AutoDimException>(() => TrainedModel.Save(folder.File("file"), model, Manifest(model, "fm", [2, 2, 2, 2], Projection.Linear), null)).Message.ShouldContain("cannot make the folder");
    }

    [Fact]
    public void Check_OtherData_Refused()
    {
        Save();
        using var loaded = TrainedModel.Load(folder.Path, pool);
        using var other = Toy.Clicks();
        Should.Throw<AutoDimException>(() => loaded.FoldingOf(other)).Message.ShouldContain("does not have the fields and rows");
    }

    [Fact]
    public void ScoreFile_ModelOfDataInMemory_SaysThereIsNoVocabulary()
    {
        using (var model = New("fm", [2, 2, 2, 2], Projection.Linear)) TrainedModel.Save(folder.Path, model, Manifest(model, "fm", [2, 2, 2, 2], Projection.Linear), null);
        using var loaded = TrainedModel.Load(folder.Path, pool);
        Should.Throw<AutoDimException>(() => loaded.ScoreFile(clicks.Later, new BadRows(BadRowPolicy.Fail, null), 10).Count()).Message.ShouldContain("has no vocabulary");
    }

    /// <summary>Saves a model trained for a few steps; its scores of the test split.</summary>
    private float[] Save(string name = "deepfm", int[]? dims = null, Projection projection = Projection.Linear)
    {
        dims ??= [1, 5, 2, 1];
        using var model = New(name, dims, projection);
        var scores = Train(model);
        TrainedModel.Save(folder.Path, model, Manifest(model, name, dims, projection), RawMap.Of(data));
        return scores;
    }

    /// <summary>A few steps; the scores of the test split.</summary>
    private float[] Train(CtrModel model)
    {
        using var learner = new Learner(model, new TrainingOptions { BatchSize = 64, LearningRate = 0.01 });
        var sampler = new BatchSampler(data.Train, 64, 1);
        for (var step = 0; step < 5; step++)
        {
            sampler.Next(learner.Input.Batch);
            learner.Step();
        }

        return learner.Score(data.Test);
    }

    private CtrModel New(string name, int[] dims, Projection projection)
        => Bench.Find(name).Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Of(data.Fields, dims) with { Projection = projection }, Options, 3, pool));

    private ModelManifest Manifest(CtrModel model, string name, int[] dims, Projection projection)
        => new() { Model = Bench.Find(name).Name, Options = model.Context.Options, Fields = data.Fields, Dims = dims, Projection = projection, Data = data.Fingerprint };
}

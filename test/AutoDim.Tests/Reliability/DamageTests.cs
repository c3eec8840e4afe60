using System.Text.Json;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Onnx;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Reliability;

/// <summary>Any bit of any file flipped, and any file cut anywhere: refused with a reason, or without effect; and where that may be is known.</summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class DamageTests : IDisposable
{
    private readonly PreparedClicks clicks = new(rows: 150);
    private readonly ClickData data;
    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);
    private readonly List<string[]> rows = [];

    public DamageTests() => data = clicks.Open();

    public void Dispose()
    {
        pool.Dispose();
        data.Dispose();
        folder.Dispose();
        clicks.Dispose();
    }

    [Fact]
    public void EveryArtefact_AnyBitOrLength_IsRefusedOrTheSame()
    {
        var run = Train();
        using (var clean = TrainedModel.Load(Path.Combine(run, "model"), pool)) ModelExport.Write(clean, ArrayFormat.Npz, new ExportOptions { GoldenRows = 4 }, folder.File("npz"));
        var expected = Scores(Path.Combine(run, "model"));
        var plan = PlanFile.Load(Path.Combine(run, "plan.json"), data);
        var record = Directory.GetFiles(Path.Combine(run, "stages")).Single();
        var stage = Written(record);

        Damage("prepared data", Files(clicks.Folder), () =>
        {
            using var opened = ClickData.Open(clicks.Folder);
            opened.Encoders.Count.ShouldBe(data.Fields.Count);
            opened.Fingerprint.ShouldBe(data.Fingerprint);
        });
        Damage("model", Files(Path.Combine(run, "model")), () => Scores(Path.Combine(run, "model")).ShouldBe(expected));
        Damage("checkpoint", [Path.Combine(run, "checkpoint", "train.safetensors")], () => Resume(run));
        Damage("plan", [Path.Combine(run, "plan.json")], () => PlanFile.Load(Path.Combine(run, "plan.json"), data).Fields.ShouldBe(plan.Fields));
        Damage("record of a stage", [record], () => Written(record).ShouldBe(stage));
        Damage("exported model", Files(folder.File("npz")), () => ModelExport.Verify(folder.File("npz"), ArrayFormat.Npz));
        Support.Reliability.Record("damage", Support.Reliability.Table(["what", "files", "bytes", "bits flipped", "refused", "without effect", "cuts, all refused"], rows));
    }

    /// <summary>A server maps weights before it has read them: it may answer with damaged ones until it has, but must not fall.</summary>
    [Fact]
    public void Map_DamagedWeights_RefusedOrFoundByTheChecksum()
    {
        var model = Path.Combine(Train(), "model");
        var manifest = ModelManifest.Load(model);
        var path = Path.Combine(model, manifest.Weights.Name);
        var whole = File.ReadAllBytes(path);
        for (var place = 0; place < whole.Length; place += Support.Reliability.Times(7, 1))
        {
            var damaged = (byte[])whole.Clone();
            damaged[place] ^= (byte)(1 << (place % 8));
            Replace(path, damaged);
            try
            {
                using var mapped = TrainedModel.Map(model, manifest, pool);
                using var scorer = new Scorer(mapped.Model, 64);
                scorer.Score(data.Test);
            }
            catch (AutoDimException exception)
            {
                exception.Message.ShouldContain(path);
            }

            Should.Throw<AutoDimException>(() => TrainedModel.Verify(model, manifest)).Message.ShouldContain("is damaged");
        }
    }

    /// <summary>A folder with everything that a training leaves, its checkpoint among it.</summary>
    private string Train()
    {
        var run = folder.File("run");
        File.WriteAllText(folder.File("hand.json"), """{"formatVersion": 1, "fields": [{"field": "user", "dim": 3, "storage": "int8"}, {"field": "item", "dim": 2, "storage": "float16"}, {"field": "tags", "dim": 2, "storage": "int4"}, {"field": "price", "dim": 1}]}""");
        var options = new TrainJobOptions { Model = "fm", Plan = folder.File("hand.json"), Training = new TrainingOptions { Epochs = 2, BatchSize = 64, LearningRate = 0.05, Tables = new() { LearningRate = 0.05 } } };
        using (var place = new RunFolder(run, isLocked: true)) new TrainJob(data, options, place, pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);
        foreach (var packed in Directory.GetFiles(Path.Combine(run, "stages"), "*mixed*")) File.Delete(packed);
        using var model = New();
        using var learner = new Learner(model, Options);
        new Trainer(learner, data, new RunFolder(run)).Fit(TestContext.Current.CancellationToken);
        return run;
    }

    private static TrainingOptions Options => new() { Epochs = 1, BatchSize = 64, Tables = new() { L2 = 1e-4 } };

    private CtrModel New() => ModelCatalog.Find("fm").Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Uniform(data.Fields, 2), new ModelOptions(), 3, pool));

    /// <summary>Goes on from the checkpoint, which is at its end already.</summary>
    private void Resume(string run)
    {
        using var model = New();
        using var learner = new Learner(model, Options);
        new Trainer(learner, data, new RunFolder(run)).Fit(TestContext.Current.CancellationToken).Steps.ShouldBe(3);
    }

    /// <summary>All that a stage's record tells.</summary>
    private static string Written(string record) => JsonSerializer.Serialize(StageRecord.Read(record, RunJson.Default.TrainedVariant), RunJson.Default.TrainedVariant);

    private float[] Scores(string model)
    {
        using var loaded = TrainedModel.Load(model, pool);
        using var bad = new BadRows(BadRowPolicy.Fail, null);
        loaded.Frequencies();
        return [.. loaded.ScoreFile(clicks.Later, bad, 64).SelectMany(part => part.Logits)];
    }

    private static string[] Files(string place) => [.. Directory.GetFiles(place, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <param name="use">Reads the files; throws where what it read is not what was written.</param>
    private void Damage(string what, string[] files, Action use)
    {
        use();
        var random = new CounterRandom(8, 1);
        long bytes = 0, flips = 0, cuts = 0, harmless = 0, draw = 0;
        foreach (var path in files)
        {
            var whole = File.ReadAllBytes(path);
            bytes += whole.Length;
            for (var place = 0; place < whole.Length; place += Support.Reliability.IsLong ? 1 : 1 + (int)random.Below(draw++, 23))
            {
                for (var bit = 0; bit < 8; bit++)
                {
                    if (!Support.Reliability.IsLong && bit != random.Below(draw, 8)) continue;
                    var damaged = (byte[])whole.Clone();
                    damaged[place] ^= (byte)(1 << bit);
                    Replace(path, damaged);
                    flips++;
                    if (Refuses(use, $"{what}: bit {bit} of byte {place} of {path}")) continue;
                    // Only where the checksum itself is told: the file then counts as one without, and its content is whole.
                    harmless++;
                    (Path.GetExtension(path) == ".json" && place >= whole.AsSpan().LastIndexOf("fileChecksum"u8) - 5).ShouldBeTrue($"{what}: bit {bit} of byte {place} of {path} has no effect");
                }
            }

            for (var length = 0; length < whole.Length; length += Support.Reliability.IsLong ? 1 : 1 + (int)random.Below(draw++, 45))
            {
                Replace(path, whole[..length]);
                cuts++;
                Refuses(use, $"{what}: {path} cut to {length} bytes").ShouldBeTrue($"{what}: {path} cut to {length} bytes is not noticed");
            }

            Replace(path, whole);
        }

        use();
        rows.Add([what, $"{files.Length}", $"{bytes:N0}", $"{flips:N0}", $"{flips - harmless:N0}", $"{harmless:N0}", $"{cuts:N0}"]);
    }

    private static bool Refuses(Action use, string what)
    {
        try
        {
            use();
            return false;
        }
        catch (AutoDimException exception)
        {
            exception.Message.Length.ShouldBeGreaterThan(20, what);
            return true;
        }
        catch (Exception exception) when (exception is not ShouldAssertException)
        {
            throw new InvalidOperationException($"{what} ends in a bug", exception);
        }
    }

    /// <summary>As a new file: one that is mapped must not change.</summary>
    private static void Replace(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".new", bytes);
        File.Move(path + ".new", path, overwrite: true);
    }
}

using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;
using AutoDim.Data;
using AutoDim.Data.Preparation;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Reliability;

/// <summary>Beyond 2^31: ids, tables' elements, samples.</summary>
[Trait("Category", Support.Reliability.Category)]
public sealed class LargeNumberTests : IDisposable
{
    private const long Users = 3_000_000_000;

    private static readonly Field[] Fields = [new("user", Users), new("item", 5)];
    private static readonly long[] Rows = [0, 1, (1L << 31) - 1, 1L << 31, (1L << 31) + 5, Users - 1];

    private readonly TemporaryFolder folder = new();
    private readonly WorkerPool pool = new(1);

    public void Dispose()
    {
        pool.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Prepare_IdsBeyondTwoBillion_AreTheRowsTheyWere()
    {
        File.WriteAllText(folder.File("fields.tsv"), $"user\t0\t{Users - 1}\nitem\t{Users}\t{Users + 4}\n");
        foreach (var split in PreparationInputs.SplitNames) File.WriteAllText(folder.File($"{split}.libfm"), string.Concat(Rows.Select((row, i) => $"{i % 2} {row}:1 {Users + (i % 5)}:1\n")));
        Preparation.Run(new PrepareOptions { Files = [folder.Path], Out = folder.File("data") }, cancellation: TestContext.Current.CancellationToken);
        using var data = ClickData.Open(folder.File("data"));
        data.Fields[0].Rows.ShouldBe(Users);
        using var batch = new Batch(data.Fields, Rows.Length);
        data.Train.Read([0, 1, 2, 3, 4, 5], batch);
        batch.Columns[0].Rows.AsSpan(0, Rows.Length).ToArray().ShouldBe(Rows);
        batch.Columns[1].Rows.AsSpan(0, Rows.Length).ToArray().ShouldBe([0, 1, 2, 3, 4, 0]);
    }

    /// <summary>24 GB of tables in a file that takes a few pages: only what is written into it does.</summary>
    [Fact]
    public unsafe void Map_TablesBeyondTwoBillionElements_ScoreByTheRowsAsked()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a file system with sparse files");
        var manifest = new ModelManifest { Model = "fm", Fields = Fields, Dims = [1, 1] };
        var path = folder.File("weights.safetensors");
        var arrays = new (string Name, long Rows)[] { ("embedding.user", Users), ("linear.user", Users), ("embedding.item", 5), ("linear.item", 5), ("bias", 1) };
        using (var file = new FileStream(path, FileMode.Create))
        {
            var (head, offset) = (new JsonObject { ["__metadata__"] = new JsonObject { ["autodim"] = "1", ["checksum"] = "0000000000000000" } }, 0L);
            foreach (var (name, rows) in arrays)
            {
                head[name] = new JsonObject { ["dtype"] = "F32", ["shape"] = new JsonArray(rows, 1), ["data_offsets"] = new JsonArray(offset, offset + (4 * rows)) };
                offset += 4 * rows;
            }

            var text = Encoding.UTF8.GetBytes(head.ToJsonString());
            file.Write(BitConverter.GetBytes((long)text.Length));
            file.Write(text);
            try
            {
                file.SetLength(8 + text.Length + offset);
            }
            catch (IOException exception)
            {
                Assert.Skip($"no file of 24 GB can be made here: {exception.Message}");
            }

            var start = 8 + text.Length;
            foreach (var row in Rows)
            {
                Put(start + (4 * row), Vector(row));
                Put(start + (4 * (Users + row)), Weight(row));
            }

            for (var item = 0; item < 5; item++)
            {
                Put(start + (4 * ((2 * Users) + item)), item - 2);
                Put(start + (4 * ((2 * Users) + 5 + item)), item);
            }

            Put(start + (4 * ((2 * Users) + 10)), 0.5f);

            void Put(long place, float number)
            {
                file.Position = place;
                file.Write(BitConverter.GetBytes(number));
            }
        }

        using var mapping = TensorFile.Map(path);
        using var model = TrainedModel.Create(manifest, pool, mapping);
        mapping.CopyTo(LearnerState.Weights(model));
        using var scorer = new Scorer(model, 4);
        var samples = new MemorySplit(new float[Rows.Length], [Rows, [.. Rows.Select((_, i) => (long)(i % 5))]], [null, null]);
        var scores = scorer.Score(samples);
        for (var i = 0; i < Rows.Length; i++) scores[i].ShouldBe(0.5f + Weight(Rows[i]) + (i % 5) + (Vector(Rows[i]) * ((i % 5) - 2)), 1e-5f, $"row {Rows[i]}");

        static float Vector(long row) => (row % 97) / 16f;
        static float Weight(long row) => (row % 89) / 32f;
    }

    /// <summary>Three thousand million values in the few rows of a form: the same ids give the same vectors, others learn others.</summary>
    [Fact]
    public void Train_HashedRowsOfIdsBeyondTwoBillion_LearnsThemApart()
    {
        var plan = EmbeddingPlan.Of(Fields, [4, 4], forms: [RowForm.Parse("hash:61"), null]);
        using var model = ModelCatalog.Find("dnn").Create(ModelContext.Planned(Fields, plan, new ModelOptions { Hidden = [8], Dropout = 0, InitialDeviation = 0.1 }, 3, pool));
        using var learner = new Learner(model, new TrainingOptions { BatchSize = 6, LearningRate = 0.05, Tables = new() { LearningRate = 0.05 } });
        var split = new MemorySplit([1, 0, 1, 0, 1, 0], [Rows, [0, 0, 0, 0, 0, 0]], [null, null]);
        for (var step = 0; step < 60; step++)
        {
            split.Read([0, 1, 2, 3, 4, 5], learner.Input.Batch);
            learner.Step();
        }

        learner.Score(split).Select(score => score > 0).ShouldBe([true, false, true, false, true, false]);
    }

    /// <summary>Scores of 1,000 steps, positives the more frequent the higher: the pairs can be counted by steps, in whole numbers.</summary>
    [Fact]
    public void Auc_ManySamples_EqualsTheCount()
    {
        const int Steps = 1000;
        var samples = Support.Reliability.Times(1_000_000, 100_000_000);
        var (scores, labels) = (new float[samples], new float[samples]);
        var (positives, negatives) = (new long[Steps], new long[Steps]);
        for (var i = 0; i < samples; i++)
        {
            var (step, draw) = (i % Steps, (int)(((uint)i * 2654435761) >> 22));
            (scores[i], labels[i]) = ((step - 500) / 64f, draw < step ? 1 : 0);
            if (labels[i] > 0) positives[step]++;
            else negatives[step]++;
        }

        BigInteger wins = 0, below = 0; // of half pairs
        for (var step = 0; step < Steps; step++)
        {
            wins += positives[step] * ((2 * below) + negatives[step]);
            below += negatives[step];
        }

        Auc.Compute(scores, labels).ShouldBe((double)wins / 2 / ((double)positives.Sum() * negatives.Sum()), 1e-12);
    }
}

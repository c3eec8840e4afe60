using AutoDim.Data;
using AutoDim.Export;
using AutoDim.MLNet;
using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.Tests.MLNet;

/// <summary>The trainer as an ML.NET user meets it: pipelines, evaluation, prediction engines, files.</summary>
public sealed class AutoDimTrainerTests(AutoDimTrainerTests.Trained trained) : IClassFixture<AutoDimTrainerTests.Trained>
{
    private static readonly MLContext Context = new(seed: 1);

    [Fact]
    public void Fit_PlantedRows_FindsTheSignalAndASmallerModel()
    {
        var metrics = Context.BinaryClassification.Evaluate(trained.Model.Transform(Rows(4000, seed: 2)));
        metrics.AreaUnderRocCurve.ShouldBeGreaterThan(0.8);
        trained.Model.Dimensions.Keys.ShouldBe(["User", "Price", "Premium", "Tags", "Region"]);
        trained.Model.Result!.Slim.EmbeddingBytes.ShouldBeLessThan(trained.Model.Result.Full.EmbeddingBytes);
    }

    /// <summary>The other way to the same scores: the rows as a file, read with the schema that the model holds.</summary>
    [Fact]
    public void Transform_AwkwardValues_ScoresAsThePredictorDoes()
    {
        using var folder = new TemporaryFolder();
        trained.Model.Save(folder.Path);
        using var predictor = Predictor.Load(folder.Path);
        const string lines = "\t\"u1\"\t12.5\t1\tred\u001fblue\t4\n\t\"say \"\"hi\"\"\tthere\"\t\t0\t\t\n\t\"never\"\t-3\t1\tred\u001fnever\t3\n";
        var file = folder.File("rows.tsv");
        File.WriteAllText(file, lines);
        Impression[] rows =
        [
            new() { User = "u1", Price = 12.5f, Premium = true, Tags = ["red", "blue"], Region = 3 },
            new() { User = "say \"hi\"\tthere", Price = float.NaN, Tags = [], Region = 5 },
            new() { User = "never", Price = -3, Premium = true, Tags = ["red", "never"], Region = 2 },
        ];
        var scored = trained.Model.Transform(Context.Data.LoadFromEnumerable(rows, Definition()));
        scored.GetColumn<float>(ScoreColumns.Probability).ShouldBe(predictor.PredictFile(file));
        scored.GetColumn<float>(ScoreColumns.Score).Select(score => score > 0).ShouldBe(scored.GetColumn<bool>(ScoreColumns.PredictedLabel));
        scored.GetColumn<string>(nameof(Impression.User)).ShouldBe(rows.Select(row => row.User));
    }

    [Fact]
    public void PredictionEngine_OneRow_ScoresAsTheView()
    {
        Impression[] rows = [.. Planted(20, seed: 3)];
        using var engine = Context.Model.CreatePredictionEngine<Impression, Prediction>(trained.Model, new PredictionEngineOptions { InputSchemaDefinition = Definition(), OwnsTransformer = false });
        rows.Select(row => engine.Predict(row).Probability)
            .ShouldBe(trained.Model.Transform(Context.Data.LoadFromEnumerable(rows, Definition())).GetColumn<float>(ScoreColumns.Probability));
    }

    [Fact]
    public void Load_SavedModel_GivesTheSameScores()
    {
        using var folder = new TemporaryFolder();
        trained.Model.Save(folder.Path);
        using var loaded = Context.Model.LoadAutoDim(folder.Path);
        var rows = Rows(50, seed: 4);
        loaded.Transform(rows).GetColumn<float>(ScoreColumns.Score).ShouldBe(trained.Model.Transform(rows).GetColumn<float>(ScoreColumns.Score));
    }

    [Fact]
    public void Fit_AfterOtherTransforms_WorksInAPipeline()
    {
        var pipeline = Context.Transforms.CopyColumns("Clicked", "Label")
            .Append(Context.BinaryClassification.Trainers.AutoDim("Clicked", ["User", "Tags"], Options(epochs: 1)));
        using var chain = pipeline.Fit(Rows(2000, seed: 5));
        chain.Transform(Rows(10, seed: 6)).GetColumn<float>(ScoreColumns.Probability).ShouldAllBe(probability => probability > 0 && probability < 1);
        chain.LastTransformer.ColumnNames.ShouldBe(["User", "Tags"]);
    }

    [Fact]
    public void Fit_ValidationRowsAndAFolder_ChoosesByThemAndKeepsTheRun()
    {
        using var folder = new TemporaryFolder();
        var trainer = Context.BinaryClassification.Trainers.AutoDim(options: Options(epochs: 1) with { Folder = folder.Path, TestFraction = 0.25 });
        using (trainer.Fit(Rows(2000, seed: 5), Rows(500, seed: 6), TestContext.Current.CancellationToken))
        {
        }

        using var data = ClickData.Open(folder.File("data"));
        data.Valid.RowCount.ShouldBe(500);
        (data.Train.RowCount + data.Test.RowCount).ShouldBe(2000);
        data.Test.RowCount.ShouldBeInRange(400, 600);
        File.Exists(folder.File("run/report.html")).ShouldBeTrue();
    }

    [Fact]
    public void Save_ByMlNet_PointsAtTheWayThatWorks()
    {
        using var folder = new TemporaryFolder();
        var rows = Rows(1, seed: 1);
        Should.Throw<NotSupportedException>(() => Context.Model.Save(trained.Model, rows.Schema, folder.File("model.zip"))).Message.ShouldContain("LoadAutoDim");
    }

    [Fact]
    public void Fit_UnusableColumns_AreNamedWithTheirTypes()
    {
        var trainers = Context.BinaryClassification.Trainers;
        var rows = Rows(10, seed: 1);
        Should.Throw<AutoDimException>(() => trainers.AutoDim("Click").Fit(rows)).Message.ShouldBe("there is no column 'Click'; the columns are Embedding, Label, Premium, Price, Region, Tags, User");
        Should.Throw<AutoDimException>(() => trainers.AutoDim("User").Fit(rows)).Message.ShouldContain("'User' is of type String, expected Boolean");
        Should.Throw<AutoDimException>(() => trainers.AutoDim(fieldColumnNames: ["User", "Embedding"]).Fit(rows)).Message.ShouldContain("column 'Embedding' is of type Vector<Single, 2>");
        Should.Throw<AutoDimException>(() => trained.Model.Transform(Context.Transforms.DropColumns("Region").Fit(rows).Transform(rows))).Message.ShouldStartWith("there is no column 'Region'");
    }

    private static IDataView Rows(int count, int seed) => Context.Data.LoadFromEnumerable(Planted(count, seed), Definition());

    /// <summary>ML.NET counts keys from 1 and makes those beyond their number missing.</summary>
    private static SchemaDefinition Definition()
    {
        var definition = SchemaDefinition.Create(typeof(Impression));
        definition[nameof(Impression.Region)].ColumnType = new KeyDataViewType(typeof(uint), 5);
        return definition;
    }

    /// <summary>Every second user clicks on red, the others on cheap things.</summary>
    private static IEnumerable<Impression> Planted(int count, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var user = random.Next(40);
            var (red, price) = (random.Next(2) == 1, random.NextSingle() * 100);
            var likes = user % 2 == 0 ? red : price < 50;
            yield return new Impression
            {
                Label = random.NextDouble() < (likes ? 0.9 : 0.1),
                User = $"u{user}",
                Price = price,
                Premium = random.Next(2) == 1,
                Tags = red ? ["red", "blue"] : ["blue"],
                Region = (uint)random.Next(5),
                Embedding = [1, 2],
            };
        }
    }

    private static AutoDimTrainerOptions Options(int epochs) => new()
    {
        Threads = 1,
        Run = new RunOptions { Model = "fm", Dim = 8, TuneL2 = [1e-5], Baselines = Baselines.None, Search = new() { Candidates = [1, 8] }, Training = new TrainingOptions { Epochs = epochs, BatchSize = 100, LearningRate = 0.01 } },
    };

    public sealed class Trained : IDisposable
    {
        public AutoDimTransformer Model { get; } = Context.BinaryClassification.Trainers.AutoDim(options: Options(epochs: 8)).Fit(Rows(8000, seed: 1));

        public void Dispose() => Model.Dispose();
    }

    public sealed class Impression
    {
        public bool Label { get; set; }

        public string User { get; set; } = "";

        public float Price { get; set; }

        public bool Premium { get; set; }

        [VectorType]
        public string[] Tags { get; set; } = [];

        public uint Region { get; set; }

        [VectorType(2)]
        public float[] Embedding { get; set; } = [0, 0];
    }

    public sealed class Prediction
    {
        public float Probability { get; set; }
    }
}

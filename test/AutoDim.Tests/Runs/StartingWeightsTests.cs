using AutoDim.Embeddings;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Runs;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Runs;

public sealed class StartingWeightsTests
{
    [Theory, InlineData(Projection.Linear), InlineData(Projection.None)]
    public void Copy_FactorizationMachine_TablesAndMapsComeOverAndTheRestStartsAfresh(Projection projection)
    {
        using Bench trained = new("fm", [1, 5, 2, 1], Projection.Linear), model = new("fnn", [1, 5, 2, 1], projection);
        trained.Train(4);
        var (learned, before) = (trained.Weights(), model.Weights());
        StartingWeights.Copy(trained.Model, model.Model);
        foreach (var (name, values) in model.Weights()) values.ShouldBe(learned.GetValueOrDefault(name, before[name]), name);
        learned.Keys.Except(model.Weights().Keys).ShouldBe(projection == Projection.Linear ? ["bias"] : [.. learned.Keys.Where(name => name.StartsWith("map.", StringComparison.Ordinal)), "bias"], ignoreOrder: true);
    }

    [Fact]
    public void Copy_OtherPlanOrNothingInCommon_SaysWhy()
    {
        using Bench trained = new("fm", [2, 5, 2, 1]), model = new("fnn", [1, 5, 2, 1]), linear = new("lr", [3, 3, 3, 3]), dnn = new("dnn", [3, 3, 3, 3]);
        Should.Throw<AutoDimException>(() => StartingWeights.Copy(trained.Model, model.Model)).Message.ShouldContain("table embedding.user has 11 rows of 1, in the model to start from 11 of 2");
        Should.Throw<AutoDimException>(() => StartingWeights.Copy(linear.Model, dnn.Model)).Message.ShouldContain("shares no table");
    }

    [Fact]
    public void Execute_StartFromARunsFolder_TrainsFromItsTables()
    {
        using var clicks = new PreparedClicks();
        using var data = clicks.Open();
        using var folder = new TemporaryFolder();
        using var pool = new WorkerPool(1);
        var training = new TrainingOptions { Epochs = 2, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };
        var options = new TrainJobOptions { Model = "fm", Dim = 3, Training = training };
        Execute(options, "fm");

        // One step at a rate of almost 0 leaves the tables as they came.
        var resting = training with { Epochs = 1, LearningRate = 1e-12, Tables = training.Tables with { LearningRate = 1e-12 } };
        Execute(options with { Model = "fnn", StartFrom = folder.File("fm"), ModelOptions = new ModelOptions { Hidden = [4] }, Training = resting }, "fnn");
        Table("fnn").ShouldBe(Table("fm"), 1e-6);

        void Execute(TrainJobOptions options, string name) => new TrainJob(data, options, new RunFolder(folder.File(name)), pool, new RunObserver()).Execute(TestContext.Current.CancellationToken);

        unsafe double[] Table(string name)
        {
            using var trained = TrainedModel.Load(Path.Combine(folder.File(name), "model"), pool);
            var table = trained.Model.Tables.Single(table => table.Name == "embedding.user");
            return [.. Enumerable.Range(0, (int)table.Rows).SelectMany(row => Enumerable.Range(0, table.Dim).Select(k => (double)table.Row(row)[k]))];
        }
    }
}

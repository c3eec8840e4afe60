using AutoDim.Data;
using AutoDim.Export;
using AutoDim.Models;
using AutoDim.Runs;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;
using OwnModel;

namespace AutoDim.Tests.Runs;

/// <summary>The library as a program of someone else's uses it, with the sample's own model, which no other test should find among the models.</summary>
[Collection("lists models")]
public sealed class RecommenderTests : IDisposable
{
    private static readonly TrainingOptions Training = new() { Epochs = 4, BatchSize = 128, LearningRate = 0.01, Tables = new() { LearningRate = 0.01 } };
    private static readonly ModelOptions Model = new() { Hidden = [8], InitialDeviation = 0.1 };

    private readonly PreparedClicks clicks = new();
    private readonly TemporaryFolder folder = new();

    public RecommenderTests() => ModelCatalog.Register("capped-deepfm", "the sample's", context => new CappedDeepFM(context));

    [Fact]
    public void Run_OwnModel_SearchesTrainsAndPredicts()
    {
        var options = new RunOptions { Model = "capped-deepfm", TuneL2 = [1e-4], ModelOptions = Model, Training = Training, Search = new AutoDimOptions { Candidates = [1, 2, 4], Epochs = 2 } };
        var result = Recommender.Run(clicks.Folder, folder.File("run"), options, threads: 1, TestContext.Current.CancellationToken);
        result.Plan.Select(row => row.Dim).ShouldAllBe(dim => dim == 1 || dim == 2 || dim == 4);
        using var data = clicks.Open();
        using var predictor = Predictor.Load(folder.File("run"));
        var predicted = predictor.Predict(data.Test);
        predicted.ShouldAllBe(probability => probability > 0 && probability < 1);
        AutoDim.Evaluation.Auc.Compute(predicted, Labels.Of(data.Test)).ShouldBe(result.Slim.Auc, 1e-6);
        predictor.PredictFile(clicks.Later).ShouldBe(predicted);
    }

    [Fact]
    public void Train_OwnModel_GivesItsMetrics()
        => Recommender.Train(clicks.Folder, folder.File("train"), new TrainJobOptions { Model = "capped-deepfm", Dim = 4, ModelOptions = Model, Training = Training }, threads: 1, TestContext.Current.CancellationToken)
            .Valid.Auc.ShouldBeGreaterThan(0.5);

    [Fact]
    public void Register_NameTaken_Refused()
        => Should.Throw<AutoDimException>(() => ModelCatalog.Register("DeepFM", "", context => new CappedDeepFM(context))).Message.ShouldContain("there is a model 'DeepFM' already");

    public void Dispose()
    {
        ModelCatalog.Forget("capped-deepfm");
        folder.Dispose();
        clicks.Dispose();
    }
}

using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed class ScorerTests
{
    /// <summary>Folded maps and packed weights are kept from batch to batch; a scorer must still see that the model has been trained between two splits.</summary>
    [Fact]
    public void Score_ModelTrainedBetweenTwoCalls_ScoresWithWhatItIsNow()
    {
        using var data = Toy.Clicks();
        using var pool = new WorkerPool(1);
        using var model = ModelCatalog.Find("deepfm").Create(ModelContext.Planned(data.Fields, EmbeddingPlan.Of(data.Fields, [1, 5, 2, 3]), new ModelOptions { Hidden = [40, 30], InitialDeviation = 0.3 }, 3, pool));
        using var scorer = new Scorer(model, 64);
        var before = scorer.Score(data.Test);
        scorer.Score(data.Test).ShouldBe(before);
        using var learner = new Learner(model, new TrainingOptions { Epochs = 1, BatchSize = 64, LearningRate = 0.02 });
        new Trainer(learner, data).Fit(TestContext.Current.CancellationToken);
        using var fresh = new Scorer(model, 7);
        var after = scorer.Score(data.Test);
        after.ShouldNotBe(before);
        after.ShouldBe(fresh.Score(data.Test));
    }
}

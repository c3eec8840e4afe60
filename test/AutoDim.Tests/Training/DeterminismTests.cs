using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

/// <summary>Same seed and data: the same bits, whatever the number of threads.</summary>
public sealed class DeterminismTests
{
    private static readonly int[] Wide = [20, 6];

    [Theory, MemberData(nameof(Bench.Models), MemberType = typeof(Bench)), MemberData(nameof(Bench.RowFormModels), MemberType = typeof(Bench))]
    public void Fit_OneTwoOrThreeThreads_SameBits(string model, int[] dims, Projection projection)
    {
        foreach (var isDense in (bool[])[false, true])
        {
            var one = AfterAnEpoch(1, isDense);
            Bench.ShouldBeSame(AfterAnEpoch(2, isDense), one);
            Bench.ShouldBeSame(AfterAnEpoch(3, isDense), one);
        }

        Dictionary<string, Real[]> AfterAnEpoch(int threads, bool isDense)
        {
            // 300 samples a step: several chunks in every loop over samples, several blocks in every product.
            using var data = Toy.Clicks(train: 900);
            var training = Bench.SmallTraining with { BatchSize = 300, Epochs = 1, ClipNorm = 0.05, Tables = new TableOptimizerOptions { L2 = 1e-3, Dense = isDense } };
            using var bench = new Bench(model, dims, projection, Bench.SmallModel with { Hidden = Wide }, training, threads);
            new Trainer(bench.Learner, data).Fit(TestContext.Current.CancellationToken);
            return bench.State();
        }
    }

    [Fact]
    public void Fit_OtherSeed_OtherWeights()
    {
        using var data = Toy.Clicks();
        using Bench a = new("deepfm", [3, 3, 3, 3], seed: 1), b = new("deepfm", [3, 3, 3, 3], seed: 2);
        a.Weights()["embedding.user"].ShouldNotBe(b.Weights()["embedding.user"]);
    }
}

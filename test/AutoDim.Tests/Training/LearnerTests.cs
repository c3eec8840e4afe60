using AutoDim.Embeddings.Optimizers;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Training;

public sealed class LearnerTests
{
    [Theory, InlineData(0, true), InlineData(0.01, true), InlineData(0.01, false)]
    public void Step_GradientAboveClipNorm_MovesByTheClippedNorm(double l2, bool isDense)
    {
        // Under plain gradient descent at rate 1 the weights move by the gradient itself.
        const double Clip = 0.02;
        var sgd = Bench.SmallTraining with { LearningRate = 1, DenseOptimizer = OptimizerKind.Sgd, Tables = new() { Kind = OptimizerKind.Sgd, LearningRate = 1, L2 = l2, Dense = isDense } };
        var free = Moved(sgd with { ClipNorm = 0 });
        var clipped = Moved(sgd with { ClipNorm = Clip });
        Norm(free).ShouldBeGreaterThan(5 * Clip);
        Norm(clipped).ShouldBe(Clip, 1e-4);
        var cosine = free.Zip(clipped, (a, b) => a * b).Sum() / Norm(free) / Norm(clipped);
        cosine.ShouldBe(1, 1e-5);
        Norm(Moved(sgd with { ClipNorm = 1000 })).ShouldBe(Norm(free), 1e-6); // far off, it does nothing
    }

    [Fact]
    public void Step_LossNotFinite_SaysStepAndWhatToTry()
    {
        using var bench = new Bench("deepfm", [3, 3, 3, 3]);
        bench.Train(2);
        bench.Model.Parameters[0].Values.Fill(float.NaN);
        var message = Should.Throw<AutoDimException>(() => bench.Train(1)).Message;
        message.ShouldContain("step 3");
        message.ShouldContain("lower the learning rate (now 0.01, tables 0.01)");
    }

    [Fact]
    public void RateFactor_SetAndRead_IsTheNumberSet()
    {
        // 0.1 · 0.003 / 0.003 is not 0.1 in floating point; a resumed run must get the very factor.
        using var bench = new Bench("lr", [1, 1, 1, 1], training: Bench.SmallTraining with { LearningRate = 0.003 });
        foreach (var factor in (double[])[0.1, 0.01, 0.7 / 3])
        {
            bench.Learner.RateFactor = factor;
            bench.Learner.RateFactor.ShouldBe(factor);
            bench.Learner.Dense.LearningRate.ShouldBe(0.003 * factor);
            bench.Learner.Tables.LearningRate.ShouldBe(0.01 * factor);
        }
    }

    [Fact]
    public void Score_BetweenSteps_ChangesNoWeight()
    {
        using Bench scored = new("deepfm", [1, 5, 2, 1]), plain = new("deepfm", [1, 5, 2, 1]);
        var split = Toy.Split(40, 1);
        for (var step = 0; step < 6; step++)
        {
            scored.Learner.Score(split);
            scored.Train(1);
            plain.Train(1);
        }

        Bench.ShouldBeSame(scored.State(), plain.State());
    }

    private static double[] Moved(TrainingOptions training)
    {
        using var bench = new Bench("deepfm", [3, 2, 3, 3], training: training);
        var before = bench.Weights();
        bench.Train(1);
        return [.. bench.Weights().Where(pair => !pair.Key.Contains("norm.mean") && !pair.Key.Contains("norm.variance")).SelectMany(pair => pair.Value.Zip(before[pair.Key], (after, old) => (double)after - old))];
    }

    private static double Norm(double[] vector) => Math.Sqrt(vector.Sum(x => x * x));
}

using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Search;

/// <summary>DARTS' second-order gradient of α against central differences of the validation loss after one unrolled step of W.</summary>
public sealed unsafe class SecondOrderGradientTests : IDisposable
{
    private readonly WorkerPool pool = new(1);
    private SearchEmbedding embedding = null!;
    private Learner learner = null!;
    private double rate;
    private readonly IndexedBatch valid = new(SmallData.Fields, 24);

    private void Begin(bool gains, double learningRate)
    {
        rate = learningRate;
        var options = new AutoDimOptions { Candidates = [1, 2, 5], InitialDeviation = 0.5, Gains = gains };
        SearchEmbedding? made = null;
        var context = new ModelContext(SmallData.Fields, new ModelOptions { Hidden = [6], Dropout = 0.2, InitialDeviation = 0.5 }, new CounterRandom(5, 0), pool,
            context => made = new SearchEmbedding(context, new SearchSpace(SmallData.Fields, options.Candidates, false), options));
        learner = new Learner(ModelCatalog.Find("deepfm").Create(context), new TrainingOptions { BatchSize = 24, LearningRate = rate });
        embedding = made!;
        SmallData.Fill(learner.Input.Batch, SmallData.Fields, 24, 11);
        SmallData.Fill(valid.Batch, SmallData.Fields, 24, 12);
        for (var i = 0; i < embedding.Alpha.Values.Length; i++) embedding.Alpha.Values[i] = 0.3 * Math.Sin(i);
    }

    public void Dispose()
    {
        valid.Dispose();
        learner.Dispose();
        learner.Model.Dispose();
        embedding.Alpha.Dispose();
        pool.Dispose();
    }

    /// <summary>A gain bends the loss far more than other weights, so its step is shorter.</summary>
    [Theory, InlineData(false, 0.5), InlineData(true, 0.02)]
    public void Compute_OneUnrolledStep_EqualsCentralDifference(bool gains, double learningRate)
    {
        Begin(gains, learningRate);
        using var secondOrder = new SecondOrderGradient(learner, embedding);
        var before = Copy();
        secondOrder.Compute(learner.Input, valid);
        var gradient = Enumerable.Range(0, embedding.Alpha.Values.Length).Select(i => embedding.Alpha.Gradient[i]).ToArray();
        Bench.ShouldBeSame(Copy(), before);

        // The two terms must both matter here, or the test could not tell the second from nothing.
        learner.Tape.UpdatesStatistics = false;
        var expected = gradient.Select((_, i) => Difference(i)).ToArray();
        var firstOrder = FirstOrder();
        var scale = expected.Max(Math.Abs);
        expected.Zip(firstOrder, (exact, first) => Math.Abs(exact - first)).Max().ShouldBeGreaterThan(0.05 * scale);
        // The search's own finite difference, of reach 0.01, is exact to its square only.
        for (var i = 0; i < gradient.Length; i++) Math.Abs(gradient[i] - expected[i]).ShouldBeLessThan(1e-3 * scale, $"α[{i}]");
    }

    private double Difference(int i)
    {
        const double Step = 1e-5;
        var start = embedding.Alpha.Value[i];
        var above = UnrolledLoss(start + Step);
        var below = UnrolledLoss(start - Step);
        embedding.Alpha.Value[i] = start;
        return (above - below) / (2 * Step);

        // L_valid(W − ξ ∇_W L_train(W, α), α)
        double UnrolledLoss(double at)
        {
            embedding.Alpha.Value[i] = at;
            var arrays = LearnerState.Weights(learner.Model);
            using var snapshot = new Snapshot(arrays);
            snapshot.Take();
            MoveByGradient();
            var loss = learner.Gradients(valid);
            snapshot.Restore();
            return loss;
        }
    }

    private void MoveByGradient()
    {
        learner.Gradients(learner.Input);
        foreach (var parameter in learner.Dense.Parameters)
        {
            for (var i = 0; parameter.HasGradient && i < parameter.Length; i++) parameter.Value[i] -= rate * parameter.Gradient[i];
        }

        foreach (var lookup in learner.Tape.Lookups)
        {
            var table = learner.Model.Tables[lookup.Table];
            for (var u = 0; u < lookup.Vectors.Rows; u++)
            {
                for (var k = 0; k < table.Dim; k++) table.Row(lookup.Rows[u])[k] -= rate * lookup.Vectors.GradientRow(u)[k];
            }
        }
    }

    private double[] FirstOrder()
    {
        embedding.Alpha.DropGradient();
        learner.Gradients(valid);
        return [.. Enumerable.Range(0, embedding.Alpha.Values.Length).Select(i => embedding.Alpha.Gradient[i])];
    }

    private Dictionary<string, double[]> Copy() => Bench.Copy(LearnerState.All(learner));
}

using AutoDim.Autograd;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings.Forms;

/// <summary>Codes and gradients of product quantisation against plain loops: 60 values, vectors of 7 numbers in groups of 2, 2 and 3, 5 centroids.</summary>
public sealed unsafe class CodedFormTests
{
    private const int Rows = 60, Dim = 7, Centroids = 5;

    private static readonly int[] First = [0, 2, 4, 7];

    [Fact]
    public void Lookup_Nearest_EveryGroupIsItsNearestCentroid()
    {
        using var probe = new FormProbe("dpq:3:5", Rows, Dim);
        var vectors = probe.Lookup();
        var centroids = probe.Weight(".centroids");
        ForEachGroup((row, g) =>
        {
            var code = NearestOf(probe, row, g);
            for (var k = First[g]; k < First[g + 1]; k++) vectors[row, k].ShouldBe(centroids[code, k], 1e-12);
        });
    }

    /// <summary>A query has the very gradient of the vector that stands for it; a centroid that of its distance to the queries it stands for, the mean over all numbers.</summary>
    [Fact]
    public void Backward_Nearest_QueriesHaveTheVectorsGradientAndCentroidsTheDistances()
    {
        using var probe = new FormProbe("dpq:3:5", Rows, Dim);
        var vectors = probe.Backward();
        var queries = probe.Tape.Lookups.Single().Vectors;
        new ReadOnlySpan<Real>(vectors.Gradient, Rows * Dim).ContainsAnyExcept((Real)0).ShouldBeTrue();
        new ReadOnlySpan<Real>(queries.Gradient, Rows * Dim).SequenceEqual(new ReadOnlySpan<Real>(vectors.Gradient, Rows * Dim)).ShouldBeTrue();
        var centroids = probe.Weight(".centroids");
        var expected = new double[Centroids, Dim];
        ForEachGroup((row, g) =>
        {
            var code = NearestOf(probe, row, g);
            for (var k = First[g]; k < First[g + 1]; k++) expected[code, k] += 2.0 / (Rows * Dim) * (centroids[code, k] - probe.Number(".queries", row, k));
        });
        for (var code = 0; code < Centroids; code++)
        {
            for (var k = 0; k < Dim; k++) ((double)centroids.GradientRow(code)[k]).ShouldBe(expected[code, k], 1e-7);
        }
    }

    [Fact]
    public void Lookup_Softmax_EveryGroupIsTheCentroidOfItsLargestNormalisedResponse()
    {
        using var probe = new FormProbe("dpqsx:3:5", Rows, Dim);
        var vectors = probe.Lookup();
        var centroids = probe.Weight(".centroids");
        var responses = NormalisedResponses(probe);
        ForEachGroup((row, g) =>
        {
            var code = Enumerable.Range(0, Centroids).MaxBy(k => responses[row, g, k]);
            for (var k = First[g]; k < First[g + 1]; k++) vectors[row, k].ShouldBe(centroids[code, k], 1e-12);
        });
    }

    /// <summary>The responses' gradient is that of the softmax's mean of the centroids, the chosen centroid's is its vector's.</summary>
    [Fact]
    public void Backward_ChosenCentroids_StraightThroughTheSoftmax()
    {
        using var pool = new WorkerPool(1);
        using var tape = new Tape(pool, 1);
        var groups = new VectorGroups(Dim, 3);
        using Parameter responses = Parameter.Normal("responses", Rows, 3 * Centroids, 1, new CounterRandom(1, 1)), centroids = Parameter.Normal("centroids", Centroids, Dim, 1, new CounterRandom(2, 1)), readout = Parameter.Normal("readout", Dim, 1, 1, new CounterRandom(3, 1));
        using var labels = new NativeBuffer<float>(Rows);
        var vectors = ChosenCentroids.Apply(tape, responses, centroids, groups);
        tape.Backward(LogLoss.Apply(tape, tape.Linear(vectors, readout), labels));
        var expected = new double[Centroids, Dim];
        ForEachGroup((row, g) =>
        {
            double Response(int k) => responses[row, (g * Centroids) + k];
            double Product(int k) => Enumerable.Range(First[g], First[g + 1] - First[g]).Sum(i => (double)vectors.GradientRow(row)[i] * centroids[k, i]);
            var sum = Enumerable.Range(0, Centroids).Sum(k => Math.Exp(Response(k)));
            var mean = Enumerable.Range(0, Centroids).Sum(k => Math.Exp(Response(k)) / sum * Product(k));
            for (var k = 0; k < Centroids; k++) ((double)responses.GradientRow(row)[(g * Centroids) + k]).ShouldBe(Math.Exp(Response(k)) / sum * (Product(k) - mean), 1e-7);
            var code = Enumerable.Range(0, Centroids).MaxBy(Response);
            for (var i = First[g]; i < First[g + 1]; i++) expected[code, i] += vectors.GradientRow(row)[i];
        });
        for (var code = 0; code < Centroids; code++)
        {
            for (var i = 0; i < Dim; i++) ((double)centroids.GradientRow(code)[i]).ShouldBe(expected[code, i], 1e-6);
        }
    }

    /// <summary>What is deployed gives the vectors that the trained form scores with, in the bytes that the form tells.</summary>
    [Theory, InlineData("dpq:3:5"), InlineData("dpqsx:3:5"), InlineData("dpq:7:256")]
    public void Pack_TrainedRows_SameVectorsFromCodes(string form)
    {
        using FormProbe trained = new(form, Rows, Dim), deployed = new(form, Rows, Dim, isDeployed: true);
        for (var step = 0; step < 3; step++) trained.Lookup(); // moves the running statistics
        trained.Tape.IsTraining = false;
        var expected = trained.Lookup();
        deployed.Pack(trained);
        var vectors = deployed.Lookup();
        for (var row = 0; row < Rows; row++)
        {
            for (var k = 0; k < Dim; k++) vectors[row, k].ShouldBe(expected[row, k]);
        }

        (deployed.Set.Bytes + (deployed.Weight(".centroids").Values.Length * sizeof(float))).ShouldBe(RowForm.Parse(form).Bytes(Rows, Dim, default));
    }

    /// <summary>Three codes of three bits are nine bits: two bytes.</summary>
    [Fact]
    public void Bytes_CodesAndCentroids_AsWorkedOutByHand() => new DpqForm(3, 5).Bytes(rows: 1000, dim: 7, default).ShouldBe((1000 * 2) + (5 * 7 * 4));

    private static void ForEachGroup(Action<int, int> action)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var g = 0; g < First.Length - 1; g++) action(row, g);
        }
    }

    private static int NearestOf(FormProbe probe, int row, int g)
    {
        var centroids = probe.Weight(".centroids");
        return Enumerable.Range(0, Centroids).MinBy(code => Enumerable.Range(First[g], First[g + 1] - First[g]).Sum(k => Math.Pow(probe.Number(".queries", row, k) - centroids[code, k], 2)));
    }

    private static double[,,] NormalisedResponses(FormProbe probe)
    {
        var keys = probe.Weight(".keys");
        var responses = new double[Rows, First.Length - 1, Centroids];
        ForEachGroup((row, g) =>
        {
            for (var code = 0; code < Centroids; code++)
            {
                for (var k = First[g]; k < First[g + 1]; k++) responses[row, g, code] += probe.Number(".queries", row, k) * keys[code, k];
            }
        });
        for (var g = 0; g < First.Length - 1; g++)
        {
            for (var code = 0; code < Centroids; code++)
            {
                var all = Enumerable.Range(0, Rows).Select(row => responses[row, g, code]).ToArray();
                var (mean, deviation) = (all.Average(), Math.Sqrt(all.Average(x => x * x) - Math.Pow(all.Average(), 2)));
                for (var row = 0; row < Rows; row++) responses[row, g, code] = (all[row] - mean) / deviation;
            }
        }

        return responses;
    }
}

using AutoDim.Evaluation;
using AutoDim.Numerics;

namespace AutoDim.Tests.Evaluation;

public sealed class DeLongTests
{
    [Theory, InlineData(1UL, 40), InlineData(2UL, 200), InlineData(3UL, 7)]
    public void Compare_TwoModels_EqualsStructuralComponents(ulong seed, int samples)
    {
        var (first, second, labels) = Scores(seed, samples);
        var interval = DeLong.Compare(first, second, labels);
        var (difference, error) = Plain(first, second, labels);
        interval.Difference.ShouldBe(difference, 1e-12);
        interval.StandardError.ShouldBe(error, 1e-12);
        interval.Difference.ShouldBe(Auc.Compute(first, labels) - Auc.Compute(second, labels), 1e-12);
        interval.Low.ShouldBe(difference - (1.959964 * error), 1e-6);
        interval.High.ShouldBe(difference + (1.959964 * error), 1e-6);
        interval.IsDetectable.ShouldBe(interval.Low > 0 || interval.High < 0);
    }

    [Fact]
    public void Compare_TwoModels_AgreesWithBootstrap()
    {
        var (first, second, labels) = Scores(4, 400);
        var random = new CounterRandom(6, 6);
        var differences = new double[600];
        for (var round = 0; round < differences.Length; round++)
        {
            var drawn = Enumerable.Range(0, labels.Length).Select(i => (int)random.Below((round * (long)labels.Length) + i, labels.Length)).ToArray();
            float[] Draw(float[] source) => [.. drawn.Select(i => source[i])];
            differences[round] = Auc.Compute(Draw(first), Draw(labels)) - Auc.Compute(Draw(second), Draw(labels));
        }

        DeLong.Compare(first, second, labels).StandardError.ShouldBe(SeedStatistics.Deviation(differences), 0.15 * SeedStatistics.Deviation(differences));
    }

    [Fact]
    public void Compare_SameScores_IsExactlyNothing()
    {
        var (first, _, labels) = Scores(5, 100);
        DeLong.Compare(first, first, labels).ShouldBe(new Interval(0, 0, 0, 0));
    }

    [Fact]
    public void Compare_OneClassOrNaN_Refused()
    {
        Should.Throw<AutoDimException>(() => DeLong.Compare([1, 2], [2, 1], [1, 1])).Message.ShouldContain("one class only");
        Should.Throw<AutoDimException>(() => DeLong.Compare([1, 2], [2, 1], [0, 0])).Message.ShouldContain("one class only");
        Should.Throw<AutoDimException>(() => DeLong.Compare([1, 2], [2, float.NaN], [1, 0])).Message.ShouldContain("sample 1 is NaN");
        Should.Throw<ArgumentOutOfRangeException>(() => DeLong.Compare([1, 2, 3], [1, 2, 3], [1, 0]));
    }

    /// <summary>One positive has no variance; the negatives have theirs.</summary>
    [Fact]
    public void StandardError_OneModel_IsThatOfItsPlacements()
    {
        DeLong.StandardError([3, 1, 2, 4], [1, 0, 0, 0]).ShouldBe(Math.Sqrt(((4.0 / 9) + (1.0 / 9) + (1.0 / 9)) / 2 / 3), 1e-12); // placements 1, 1, 0 about 2/3
        DeLong.StandardError([3, 1, 2, 4], [1, 1, 0, 0]).ShouldBe(Plain([3, 1, 2, 4], new float[4], [1, 1, 0, 0]).Error, 1e-12); // of two there is one
        var (first, _, labels) = Scores(5, 100);
        DeLong.StandardError(first, labels).ShouldBe(Plain(first, new float[100], labels).Error, 1e-12);
    }

    [Fact]
    public void StandardError_OneClassOrNoSample_IsNaN()
    {
        DeLong.StandardError([1, 2], [1, 1]).ShouldBe(double.NaN);
        DeLong.StandardError([1, 2], [0, 0]).ShouldBe(double.NaN);
        DeLong.StandardError([], []).ShouldBe(double.NaN);
    }

    /// <summary>Scores with ties; the first model is the better.</summary>
    private static (float[] First, float[] Second, float[] Labels) Scores(ulong seed, int samples)
    {
        var random = new CounterRandom(seed, 1);
        var labels = Enumerable.Range(0, samples).Select(i => i < 2 ? i : (float)random.Below(i, 2)).ToArray();
        float[] Noisy(ulong stream, double signal) => [.. labels.Select((label, i) => (float)Math.Round((signal * label) + random.Fork(stream).Normal(i), 1))];
        return (Noisy(1, 1.2), Noisy(2, 0.7), labels);
    }

    /// <summary>DeLong, DeLong and Clarke-Pearson by pairs: covariances of the placements of positives and of negatives.</summary>
    private static (double Difference, double Error) Plain(float[] first, float[] second, float[] labels)
    {
        var positives = Enumerable.Range(0, labels.Length).Where(i => labels[i] == 1).ToArray();
        var negatives = Enumerable.Range(0, labels.Length).Where(i => labels[i] == 0).ToArray();
        static double Wins(float a, float b) => a > b ? 1 : a == b ? 0.5 : 0;
        double[] OfPositives(float[] scores) => [.. positives.Select(i => negatives.Average(j => Wins(scores[i], scores[j])))];
        double[] OfNegatives(float[] scores) => [.. negatives.Select(j => positives.Average(i => Wins(scores[i], scores[j])))];
        static double Covariance(double[] a, double[] b) => a.Zip(b, (x, y) => (x - a.Average()) * (y - b.Average())).Sum() / (a.Length - 1);
        double[] a10 = OfPositives(first), b10 = OfPositives(second), a01 = OfNegatives(first), b01 = OfNegatives(second);
        var variance = ((Covariance(a10, a10) + Covariance(b10, b10) - (2 * Covariance(a10, b10))) / positives.Length)
            + ((Covariance(a01, a01) + Covariance(b01, b01) - (2 * Covariance(a01, b01))) / negatives.Length);
        return (a10.Average() - b10.Average(), Math.Sqrt(variance));
    }
}

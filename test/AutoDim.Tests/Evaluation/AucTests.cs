using AutoDim.Evaluation;
using CsCheck;

namespace AutoDim.Tests.Evaluation;

public sealed class AucTests
{
    [Fact]
    public void Compute_ScoresWithTies_EqualsDefinition()
        => Gen.Select(Gen.Int[-3, 3].Array[2, 60], Gen.Int[0, 1].Array[60]).Sample((scores, labels)
            => ShouldBeDefinition([.. scores.Select(score => score / 2f)], [.. labels.Take(scores.Length).Select(label => (float)label)]));

    [Fact]
    public void Compute_AnyFiniteOrInfiniteScores_EqualsDefinition()
        => Gen.Select(Gen.OneOf(Gen.Float.Where(x => !float.IsNaN(x)), Gen.OneOf([.. ((float[])[float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon, -float.Epsilon]).Select(Gen.Const)])).Array[2, 40], Gen.Int[0, 1].Array[40])
            .Sample((scores, labels) => ShouldBeDefinition(scores, [.. labels.Take(scores.Length).Select(label => (float)label)]));

    [Fact]
    public void Compute_ConstantScores_IsOneHalf() => Auc.Compute([3, 3, 3, 3], [1, 0, 0, 1]).ShouldBe(0.5);

    [Fact]
    public void Compute_PerfectAndReversedOrder_IsOneAndZero()
    {
        Auc.Compute([1, 2, 3], [0, 0, 1]).ShouldBe(1);
        Auc.Compute([1, 2, 3], [1, 1, 0]).ShouldBe(0);
    }

    [Fact]
    public void Compute_OneClassOrNone_IsNaN()
    {
        Auc.Compute([1, 2], [1, 1]).ShouldBe(double.NaN);
        Auc.Compute([1, 2], [0, 0]).ShouldBe(double.NaN);
        Auc.Compute([], []).ShouldBe(double.NaN);
    }

    [Fact]
    public void Compute_NaNScore_RefusedWithItsSample()
        => Should.Throw<AutoDimException>(() => Auc.Compute([1, float.NaN, 2], [1, 0, 1])).Message.ShouldContain("sample 1 is NaN");

    [Fact]
    public void Compute_FewerLabels_Refused() => Should.Throw<ArgumentOutOfRangeException>(() => Auc.Compute([1, 2], [1]));

    private static void ShouldBeDefinition(float[] scores, float[] labels)
    {
        double wins = 0, pairs = 0;
        for (var i = 0; i < scores.Length; i++)
        {
            for (var j = 0; j < scores.Length; j++)
            {
                if (labels[i] == 0 || labels[j] == 1) continue;
                pairs++;
                wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        }

        var auc = Auc.Compute(scores, labels);
        if (pairs == 0) auc.ShouldBe(double.NaN);
        else auc.ShouldBe(wins / pairs, 1e-12);
    }
}

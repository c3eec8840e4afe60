using AutoDim.Numerics;
using CsCheck;

namespace AutoDim.Tests.Numerics;

/// <summary>Moments and independence; bounds are five standard errors of the estimate, for one fixed seed.</summary>
public sealed class CounterRandomTests
{
    private const int Draws = 200_000;
    private static readonly CounterRandom Random = new(42, 1);

    [Fact]
    public void Uniform_ManyDraws_HasMomentsOfUniform()
    {
        var draws = Draw(Random.Uniform);
        draws.ShouldAllBe(u => u >= 0 && u < 1);
        ShouldHaveMoments(draws, 0.5, 1.0 / 12, kurtosis: 1.8);
    }

    [Fact]
    public void Normal_ManyDraws_HasMomentsOfNormal()
    {
        var draws = Draw(Random.Normal);
        ShouldHaveMoments(draws, 0, 1, kurtosis: 3);
        Math.Abs(draws.Average(x => x * x * x)).ShouldBeLessThan(5 * Math.Sqrt(15.0 / Draws));
    }

    [Fact]
    public void Gumbel_ManyDraws_HasMomentsOfGumbel() => ShouldHaveMoments(Draw(Random.Gumbel), 0.5772156649, Math.PI * Math.PI / 6, kurtosis: 5.4);

    [Fact]
    public void Below_AnyBound_StaysInRange()
        => Gen.Select(Gen.ULong, Gen.Long[0, long.MaxValue], Gen.Long[1, long.MaxValue]).Sample((seed, position, bound)
            => new CounterRandom(seed, 3).Below(position, bound) is var drawn && drawn >= 0 && drawn < bound);

    [Theory, InlineData(1), InlineData(7), InlineData(64)]
    public void Below_ManyDraws_AllEquallyOften(int bound)
    {
        var counts = new int[bound];
        for (var i = 0; i < Draws; i++) counts[Random.Below(i, bound)]++;
        var expected = (double)Draws / bound;
        var chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        chiSquare.ShouldBeLessThan(bound - 1 + (5 * Math.Sqrt(2 * bound)));
    }

    [Fact]
    public void Bits_SameSeedStreamAndPosition_SameNumber()
        => Gen.Select(Gen.ULong, Gen.ULong, Gen.Long).Sample((seed, stream, position) => new CounterRandom(seed, stream).Bits(position) == new CounterRandom(seed, stream).Bits(position));

    [Fact]
    public void Fork_OtherNamesSeedsAndParents_Uncorrelated()
    {
        var streams = new[] { Random, Random.Fork(0), Random.Fork(1), Random.Fork(2), Random.Fork(1).Fork(1), new CounterRandom(43, 1), new CounterRandom(42, 2), new CounterRandom(43, 1).Fork(1) };
        for (var a = 0; a < streams.Length; a++)
        {
            for (var b = 0; b < a; b++)
            {
                foreach (var shift in (int[])[0, 1])
                {
                    var sum = 0.0;
                    for (var i = 0; i < Draws; i++) sum += (streams[a].Uniform(i) - 0.5) * (streams[b].Uniform(i + shift) - 0.5);
                    Math.Abs(sum / Draws * 12).ShouldBeLessThan(5 / Math.Sqrt(Draws), $"streams {a} and {b}, shifted by {shift}");
                }
            }
        }
    }

    [Fact]
    public void Fork_SameName_SameStream() => Draw(Random.Fork(9).Uniform).ShouldBe(Draw(Random.Fork(9).Uniform));

    private static double[] Draw(Func<long, double> draw) => [.. Enumerable.Range(0, Draws).Select(i => draw(i))];

    private static void ShouldHaveMoments(double[] draws, double mean, double variance, double kurtosis)
    {
        Math.Abs(draws.Average() - mean).ShouldBeLessThan(5 * Math.Sqrt(variance / Draws));
        Math.Abs(draws.Average(x => (x - mean) * (x - mean)) - variance).ShouldBeLessThan(5 * variance * Math.Sqrt((kurtosis - 1) / Draws));
    }
}

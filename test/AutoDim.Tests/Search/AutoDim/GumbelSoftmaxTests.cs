using AutoDim.Autograd;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;

namespace AutoDim.Tests.Search.AutoDim;

public sealed class GumbelSoftmaxTests : IDisposable
{
    private readonly WorkerPool pool = new(1);
    private readonly Tape tape;
    private readonly Parameter alpha = Parameter.Normal("alpha", 3, 4, 1, new CounterRandom(1, 1));

    public GumbelSoftmaxTests() => tape = new Tape(pool, 1);

    public void Dispose()
    {
        alpha.Dispose();
        tape.Dispose();
        pool.Dispose();
    }

    [Theory, InlineData(1.0), InlineData(0.2), InlineData(0.01)]
    public void Apply_NoiseAndTemperature_EqualsFormula(double temperature)
    {
        var noise = new CounterRandom(5, 5);
        int[] allowed = [4, 2, 1];
        var p = GumbelSoftmax.Apply(tape, alpha, allowed, temperature, noise);
        for (var m = 0; m < 3; m++)
        {
            // p = softmax((log π + g)/τ), π = softmax(α), over the allowed candidates alone.
            var all = Enumerable.Range(0, allowed[m]).ToArray();
            var total = all.Sum(n => Math.Exp(alpha[m, n]));
            var scores = all.Select(n => (Math.Log(Math.Exp(alpha[m, n]) / total) + noise.Gumbel((m * 4) + n)) / temperature).ToArray();
            var sum = scores.Sum(score => Math.Exp(score - scores.Max()));
            for (var n = 0; n < 4; n++) p[m, n].ShouldBe(n < allowed[m] ? Math.Exp(scores[n] - scores.Max()) / sum : 0, 1e-5);
        }
    }

    [Fact]
    public void Apply_NoNoiseAtTemperatureOne_IsSoftmax()
    {
        var p = GumbelSoftmax.Apply(tape, alpha, [4, 4, 4], 1, null);
        for (var m = 0; m < 3; m++) p[m, 1].ShouldBe(Math.Exp(alpha[m, 1]) / Enumerable.Range(0, 4).Sum(n => Math.Exp(alpha[m, n])), 1e-6);
    }

    [Fact]
    public void Apply_ManyDrawsAtLowTemperature_ChoosesByProbability()
    {
        // The Gumbel-max trick: the largest of log π + g is candidate n with probability π_n.
        const int Draws = 20_000;
        var chosen = new double[4];
        for (var draw = 0UL; draw < Draws; draw++)
        {
            tape.Reset();
            var p = GumbelSoftmax.Apply(tape, alpha, [4, 1, 1], 0.01, new CounterRandom(9, 9).Fork(draw));
            for (var n = 0; n < 4; n++) chosen[n] += p[0, n] / Draws;
        }

        for (var n = 0; n < 4; n++) chosen[n].ShouldBe(Math.Exp(alpha[0, n]) / Enumerable.Range(0, 4).Sum(k => Math.Exp(alpha[0, k])), 5 * Math.Sqrt(0.25 / Draws));
    }
}

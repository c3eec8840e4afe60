using AutoDim.Embeddings.Optimizers;

namespace AutoDim.Tests.Embeddings.Optimizers;

public sealed unsafe class GrdaRuleTests
{
    private static readonly double Tolerance = sizeof(Real) == 8 ? 1e-8 : 1e-6;

    /// <summary>Thresholds 0.1, 0.1·√2, 0.1·√3, 0.2; v of the first weight 0.4, 0.2, 0.1, 0.6, of the second −0.2, 0.2, 0.2, −0.8.</summary>
    [Fact]
    public void Update_FourSteps_AsWorkedOutByHand()
    {
        var rule = new GrdaRule(new GrdaOptions { C = 0.1, Mu = 0.5 });
        Real[] weights = [(Real)0.6, (Real)(-0.3)], state = [0, 0];
        double[][] gradients = [[0.2, -0.1], [0.2, -0.4], [0.1, 0], [-0.5, 1]], expected = [[0.3, -0.1], [0.05857864, 0.05857864], [0, 0.02679492], [0.4, -0.6]];
        for (var step = 0; step < gradients.Length; step++)
        {
            rule.Begin(step + 1, learningRate: 1);
            Real[] gradient = [.. gradients[step].Select(value => (Real)value)];
            fixed (Real* w = weights, g = gradient, s = state) rule.Update(w, g, s, 2);
            weights.Select(weight => (double)weight).ShouldBe(expected[step], Tolerance, $"step {step + 1}");
        }
    }

    /// <summary>c √γ (nγ)^μ = 0.1 · 0.5 · (2 · 0.25)^1 = 0.025 at the second step.</summary>
    [Fact]
    public void Update_OtherRate_ThresholdByItsFormula()
    {
        var rule = new GrdaRule(new GrdaOptions { C = 0.1, Mu = 1 });
        Real weight = 0, gradient = -1, state = (Real)0.5;
        rule.Begin(step: 2, learningRate: 0.25);
        rule.Update(&weight, &gradient, &state, 1);
        ((double)state).ShouldBe(0.75, Tolerance);
        ((double)weight).ShouldBe(0.725, Tolerance);
    }
}

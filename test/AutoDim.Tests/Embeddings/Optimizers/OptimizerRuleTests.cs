using AutoDim.Embeddings.Optimizers;

namespace AutoDim.Tests.Embeddings.Optimizers;

/// <summary>Every rule against its formula, written out here in plain doubles.</summary>
public sealed class OptimizerRuleTests
{
    private const double Rate = 0.05;
    private const int Steps = 25;
    private static readonly double Tolerance = sizeof(Real) == 8 ? 1e-12 : 2e-6;

    /// <summary>Moves a row of weights; state is the rule's own.</summary>
    private delegate void Rule(double[] w, double[] g, double[] state, int step);

    [Theory]
    [InlineData(OptimizerKind.Sgd), InlineData(OptimizerKind.Adagrad), InlineData(OptimizerKind.RowWiseAdagrad)]
    [InlineData(OptimizerKind.Adam), InlineData(OptimizerKind.RowWiseAdam), InlineData(OptimizerKind.Ftrl)]
    public void Update_TouchedRows_FollowsTheFormula(OptimizerKind kind)
    {
        foreach (var (l2, decay, scale) in ((double, double, double)[])[(0, 0, 1), (0.1, 0, 1), (0, 0.2, 1), (0.1, 0.2, 0.5)])
        {
            using var probe = new TableProbe(new TableOptimizerOptions { Kind = kind, LearningRate = Rate, L2 = l2, WeightDecay = decay, Dense = false });
            var weights = Split(probe.Weights);
            var states = weights.Select(_ => new double[2 * TableProbe.Dim]).ToArray();
            long[] rows = [0, 3, 4];
            for (var step = 1; step <= Steps; step++)
            {
                probe.Step(step, rows, scale);
                foreach (var row in rows)
                {
                    var w = weights[row];
                    double[] g = [.. w.Select((weight, k) => scale * (TableProbe.Gradient(step, row, k) + (l2 * weight)))];
                    for (var k = 0; k < w.Length; k++) w[k] -= Rate * decay * w[k];
                    Formula(kind)(w, g, states[row], step);
                }
            }

            var actual = Split(probe.Weights);
            foreach (var row in rows)
            {
                for (var k = 0; k < TableProbe.Dim; k++) actual[row][k].ShouldBe(weights[row][k], Tolerance * 10, $"{kind}, L2 {l2}, decay {decay}, row {row}");
            }
        }
    }

    [Fact]
    public void Update_FtrlAtAnotherRate_GoesOnFromWhereItWas()
    {
        using var probe = new TableProbe(new TableOptimizerOptions { Kind = OptimizerKind.Ftrl, LearningRate = 0.1 });
        for (var step = 1; step <= 10; step++) probe.Step(step, [0, 1, 2]);
        var before = probe.Weights;
        probe.Optimizer.LearningRate = 0.0001;
        probe.Step(11, [0, 1, 2]);
        probe.Weights.Zip(before, (after, old) => Math.Abs(after - old)).Max().ShouldBeLessThan((Real)0.0001);
    }

    private static Rule Formula(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Sgd => (w, g, _, _) => ForEach(w, k => w[k] -= Rate * g[k]),
        OptimizerKind.Adagrad => (w, g, s, _) => ForEach(w, k =>
        {
            s[k] += g[k] * g[k];
            w[k] -= Rate * g[k] / (Math.Sqrt(s[k]) + 1e-10);
        }),
        OptimizerKind.RowWiseAdagrad => RowWiseAdagrad,
        OptimizerKind.Adam => (w, g, s, step) => ForEach(w, k =>
        {
            s[k] = (0.9 * s[k]) + (0.1 * g[k]);
            s[3 + k] = (0.999 * s[3 + k]) + (0.001 * g[k] * g[k]);
            w[k] -= Rate * (s[k] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(s[3 + k] / (1 - Math.Pow(0.999, step))) + 1e-8);
        }),
        OptimizerKind.RowWiseAdam => RowWiseAdam,

        // McMahan et al., algorithm 1 with λ₁ = λ₂ = 0: σ = (√(n + g²) − √n)/α, z += g − σw, w = −z α/(β + √n), z starting at −wβ/α.
        _ => (w, g, s, step) => ForEach(w, k =>
        {
            if (step == 1) s[k] = -w[k] * 1 / Rate;
            var sigma = (Math.Sqrt(s[3 + k] + (g[k] * g[k])) - Math.Sqrt(s[3 + k])) / Rate;
            s[k] += g[k] - (sigma * w[k]);
            s[3 + k] += g[k] * g[k];
            w[k] = -s[k] / ((1 + Math.Sqrt(s[3 + k])) / Rate);
        }),
    };

    private static void RowWiseAdagrad(double[] w, double[] g, double[] s, int step)
    {
        s[0] += g.Average(x => x * x);
        ForEach(w, k => w[k] -= Rate * g[k] / (Math.Sqrt(s[0]) + 1e-10));
    }

    private static void RowWiseAdam(double[] w, double[] g, double[] s, int step)
    {
        s[3] = (0.999 * s[3]) + (0.001 * g.Average(x => x * x));
        ForEach(w, k =>
        {
            s[k] = (0.9 * s[k]) + (0.1 * g[k]);
            w[k] -= Rate * (s[k] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(s[3] / (1 - Math.Pow(0.999, step))) + 1e-8);
        });
    }

    private static void ForEach(double[] w, Action<int> action)
    {
        for (var k = 0; k < w.Length; k++) action(k);
    }

    private static double[][] Split(Real[] weights) => [.. weights.Select(weight => (double)weight).Chunk(TableProbe.Dim)];
}

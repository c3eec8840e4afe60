using AutoDim.Embeddings.Optimizers;

namespace AutoDim.Tests.Embeddings.Optimizers;

/// <summary>Lazy against dense updates: with an L2 or decay a row that catches up must stand where a dense update left it.</summary>
public sealed class TableOptimizerTests
{
    private static readonly OptimizerKind[] Kinds = Enum.GetValues<OptimizerKind>();

    public static TheoryData<OptimizerKind, double, double> Penalties()
    {
        var cases = new TheoryData<OptimizerKind, double, double>();
        foreach (var kind in Kinds)
        {
            cases.Add(kind, 0.05, 0);
            cases.Add(kind, 0, 0.05);
            cases.Add(kind, 0.05, 0.05);
        }

        return cases;
    }

    [Theory, MemberData(nameof(Penalties))]
    public void CatchUpAll_RowsUntouchedForManySteps_SameBitsAsDense(OptimizerKind kind, double l2, double decay)
    {
        var options = new TableOptimizerOptions { Kind = kind, LearningRate = 0.02, L2 = l2, WeightDecay = decay };
        using TableProbe lazy = new(options with { Dense = false }), dense = new(options with { Dense = true });
        foreach (var probe in (TableProbe[])[lazy, dense])
        {
            for (var step = 1; step <= 60; step++)
            {
                if (step == 31) probe.Optimizer.LearningRate = 0.002; // missed steps keep the rate they had
                probe.Step(step, RowsOf(step));
            }

            probe.Optimizer.CatchUpAll();
        }

        lazy.Weights.ShouldBe(dense.Weights);
    }

    [Fact]
    public void CatchUpAll_RowUntouchedForThousandsOfSteps_SameBitsAsDense()
    {
        var options = new TableOptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 0.01, L2 = 0.01 };
        using TableProbe lazy = new(options with { Dense = false }), dense = new(options with { Dense = true });
        foreach (var probe in (TableProbe[])[lazy, dense])
        {
            for (var step = 1; step <= 6000; step++) probe.Step(step, [0]);
            probe.Optimizer.CatchUpAll();
        }

        lazy.Weights.ShouldBe(dense.Weights);
    }

    [Theory, InlineData(0.05), InlineData(0)]
    public void Step_EveryRowEachTime_LazyIsDenseAdam(double l2)
    {
        var options = new TableOptimizerOptions { LearningRate = 0.02, L2 = l2 };
        using TableProbe lazy = new(options with { Dense = false }), dense = new(options with { Dense = true });
        for (var step = 1; step <= 40; step++)
        {
            lazy.Step(step, [0, 1, 2, 3, 4, 5], 0.7);
            dense.Step(step, [0, 1, 2, 3, 4, 5], 0.7);
        }

        lazy.Weights.ShouldBe(dense.Weights);
    }

    [Fact]
    public void Step_ResumedInTheMiddle_SameBitsAsUninterrupted()
    {
        var options = new TableOptimizerOptions { LearningRate = 0.02, L2 = 0.05, Dense = false };
        using TableProbe whole = new(options), first = new(options), second = new(options);
        for (var step = 1; step <= 50; step++) whole.Step(step, RowsOf(step));
        for (var step = 1; step <= 23; step++) first.Step(step, RowsOf(step));
        Copy(first, second);
        for (var step = 24; step <= 50; step++) second.Step(step, RowsOf(step));
        whole.Optimizer.CatchUpAll();
        second.Optimizer.CatchUpAll();
        second.Weights.ShouldBe(whole.Weights);
    }

    [Fact]
    public void Step_LazyWithoutPenalty_LeavesOtherRowsAlone()
    {
        using var probe = new TableProbe(new TableOptimizerOptions { Dense = false });
        var before = probe.Weights;
        for (var step = 1; step <= 5; step++) probe.Step(step, [1, 4]);
        probe.Optimizer.CatchUpAll();
        for (var i = 0; i < before.Length; i++) (probe.Weights[i] != before[i]).ShouldBe(i / TableProbe.Dim is 1 or 4);
    }

    [Fact]
    public void Step_DenseL2_MovesUntouchedRowsTowardsZero()
    {
        using var probe = new TableProbe(new TableOptimizerOptions { L2 = 0.1, LearningRate = 1e-3 });
        var before = probe.Weights;
        for (var step = 1; step <= 50; step++) probe.Step(step, [0]);
        for (var i = TableProbe.Dim; i < before.Length; i++) Math.Abs(Math.Abs(before[i]) - Math.Abs(probe.Weights[i])).ShouldBe((Real)0.05, (Real)0.01); // about η a step, whatever λ
    }

    [Theory, InlineData(true), InlineData(false)]
    public void SquaredGradientNorm_WithPenalty_CountsWhatTheStepWillUse(bool isDense)
    {
        const double L2 = 0.3;
        using var probe = new TableProbe(new TableOptimizerOptions { L2 = L2, Dense = isDense });
        var weights = probe.Weights;
        long[] touched = [1, 4];
        var expected = 0.0;
        for (var i = 0; i < weights.Length; i++)
        {
            var (row, k) = (i / TableProbe.Dim, i % TableProbe.Dim);
            if (!isDense && !touched.Contains(row)) continue;
            var gradient = (touched.Contains(row) ? TableProbe.Gradient(1, row, k) : 0) + (L2 * weights[i]);
            expected += gradient * gradient;
        }

        probe.SquaredNorm(1, touched).ShouldBe(expected, 1e-6);
    }

    [Fact]
    public void IsDense_ByDefault_WhereThereIsAnL2AndTheTablesAreSmall()
    {
        new TableOptimizerOptions { L2 = 0.1 }.IsDense(TableOptimizerOptions.DenseLimit).ShouldBeTrue();
        new TableOptimizerOptions { L2 = 0.1 }.IsDense(TableOptimizerOptions.DenseLimit + 1).ShouldBeFalse();
        new TableOptimizerOptions().IsDense(10).ShouldBeFalse();
        new TableOptimizerOptions { Dense = true }.IsDense(long.MaxValue).ShouldBeTrue();
    }

    [Theory]
    [InlineData(OptimizerKind.Adam, 6), InlineData(OptimizerKind.RowWiseAdam, 4), InlineData(OptimizerKind.Adagrad, 3)]
    [InlineData(OptimizerKind.RowWiseAdagrad, 1), InlineData(OptimizerKind.Sgd, 0), InlineData(OptimizerKind.Ftrl, 6)]
    public void StateBytes_AnyKind_AsDocumented(OptimizerKind kind, int numbersPerRow)
    {
        using var probe = new TableProbe(new TableOptimizerOptions { Kind = kind });
        probe.Optimizer.StateBytes.ShouldBe(TableProbe.Rows * numbersPerRow * sizeof(Real));
    }

    /// <summary>Rows 0 and 1 often, row 2 now and then, row 5 never.</summary>
    private static long[] RowsOf(int step) => step % 7 == 0 ? [1, 2, 4] : step % 3 == 0 ? [0, 1, 3] : [1, 0];

    private static void Copy(TableProbe from, TableProbe to)
    {
        from.Optimizer.State[0].AsSpan().CopyTo(to.Optimizer.State[0].AsSpan());
        from.Optimizer.LastSteps[0].AsSpan().CopyTo(to.Optimizer.LastSteps[0].AsSpan());
        from.CopyWeightsTo(to);
        to.Optimizer.Step = from.Optimizer.Step;
    }
}

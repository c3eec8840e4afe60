using AutoDim.Autograd;
using AutoDim.Compression;
using AutoDim.Compression.AutoEmb;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Compression;

public sealed unsafe class AutoEmbTests
{
    /// <summary>y_n = e[:d_n]·W_n by plain loops, and the gradients that a gradient of it leads to.</summary>
    [Fact]
    public void PrefixMaps_KnownNumbers_ValuesAndGradientsAreTheFormulas()
    {
        const int Rows = 7, Dim = 4, Columns = 3;
        int[] dims = [1, 3, 4];
        using var pool = new WorkerPool(1);
        using var tape = new Tape(pool, 1);
        using var rows = Parameter.Normal("e", Rows, Dim, 1, new CounterRandom(2, 1));
        Parameter[] weights = [.. dims.Select(dim => Parameter.Normal($"w{dim}", dim, Columns, 1, new CounterRandom(3, 1)))];
        var mapped = PrefixMaps.Apply(tape, rows, weights);
        mapped.EnsureGradient();
        for (var i = 0; i < mapped.Length; i++) mapped.Gradient[i] = (Real)Math.Cos(i);
        tape.Operations.Last().Backward();
        double Gradient(int u, int n, int c) => Math.Cos((u * dims.Length * Columns) + (n * Columns) + c);
        for (var u = 0; u < Rows; u++)
        {
            for (var n = 0; n < dims.Length; n++)
            {
                for (var c = 0; c < Columns; c++) ((double)mapped.Row(u)[(n * Columns) + c]).ShouldBe(Enumerable.Range(0, dims[n]).Sum(k => (double)rows.Row(u)[k] * weights[n].Row(k)[c]), 1e-5);
            }

            for (var k = 0; k < Dim; k++)
            {
                var expected = Enumerable.Range(0, dims.Length).Sum(n => k < dims[n] ? Enumerable.Range(0, Columns).Sum(c => Gradient(u, n, c) * weights[n].Row(k)[c]) : 0);
                ((double)rows.GradientRow(u)[k]).ShouldBe(expected, 1e-5);
            }
        }

        for (var n = 0; n < dims.Length; n++)
        {
            for (var k = 0; k < dims[n]; k++)
            {
                for (var c = 0; c < Columns; c++) ((double)weights[n].GradientRow(k)[c]).ShouldBe(Enumerable.Range(0, Rows).Sum(u => Gradient(u, n, c) * rows.Row(u)[k]), 1e-5);
            }
        }

        Array.ForEach(weights, weight => weight.Dispose());
    }

    /// <summary>x = Σ p tanh((e[:d]·W − μ) / √(σ² + ε)) of the second field by plain loops, p from popularity through the controller's two layers.</summary>
    [Fact]
    public void Mixture_KnownWeights_IsTheFormula()
    {
        using var toy = new ToyMethods();
        using var search = new AutoEmbSearch(toy.Context);
        search.Run(30);
        var (mixture, fields) = (search.Mixture, toy.Context.Fields);
        using var pool = new WorkerPool(1);
        using var tape = new Tape(pool, 1) { IsTraining = false };
        using var input = new IndexedBatch(fields, 20);
        new BatchSampler(toy.Data.Train, 20, 1).Next(input.Batch);
        input.Index(pool);
        using var vectors = Parameter.Normal("e", input.Fields[1].Count, ToyMethods.FullDim, 1, new CounterRandom(2, 1));
        var mixed = mixture.Apply(tape, 1, input.Fields[1], vectors);
        var statistics = mixture.Statistics.ToDictionary(statistic => statistic.Name, statistic => statistic.Values.ToArray());
        Parameter[] maps = [.. mixture.Weights.Skip(mixture.Dims.Length).Take(mixture.Dims.Length)], controller = [.. mixture.ControllerWeights.Skip(4).Take(4)];
        mixture.Dims.ShouldBe([1, 2, 4, 8]);
        for (var u = 0; u < vectors.Rows; u++)
        {
            var row = input.Fields[1].Rows[u];
            var popularity = Math.Log(1 + toy.Context.Counts[1][row]) / Math.Log(1 + toy.Context.Counts[1].Max());
            double[] hidden = [.. Enumerable.Range(0, 512).Select(i => Math.Max(0, (popularity * controller[0].Values[i]) + controller[1].Values[i]))];
            double[] logits = [.. Enumerable.Range(0, 4).Select(n => controller[3].Values[n] + Enumerable.Range(0, 512).Sum(i => hidden[i] * controller[2].Row(i)[n]))];
            double[] p = [.. logits.Select(logit => Math.Exp(logit) / logits.Sum(Math.Exp))];
            mixture.LogPolicy(1, row).Zip(p).ShouldAllBe(pair => Math.Abs(pair.First - Math.Log(pair.Second)) < 1e-5);
            for (var c = 0; c < ToyMethods.FullDim; c++)
            {
                var expected = 0.0;
                for (var n = 0; n < 4; n++)
                {
                    var mapped = Enumerable.Range(0, mixture.Dims[n]).Sum(k => (double)vectors.Row(u)[k] * maps[n].Row(k)[c]);
                    var column = (n * ToyMethods.FullDim) + c;
                    expected += p[n] * Math.Tanh((mapped - statistics[$"candidate.{fields[1].Name}.mean"][column]) / Math.Sqrt(statistics[$"candidate.{fields[1].Name}.variance"][column] + 1e-5));
                }

                ((double)mixed.Row(u)[c]).ShouldBe(expected, 1e-4);
            }
        }
    }

    /// <summary>Both sides of the alternation learn: maps with the model on training, controllers on validation.</summary>
    [Fact]
    public void Search_Steps_MoveMapsAndControllers()
    {
        using var toy = new ToyMethods();
        using AutoEmbSearch still = new(toy.Context), moved = new(toy.Context);
        moved.Run(20);
        static Real[][] All(IReadOnlyList<Parameter> parameters) => [.. parameters.Select(parameter => parameter.Values.ToArray())];
        foreach (var (before, after) in All([.. still.Mixture.Weights, .. still.Mixture.ControllerWeights]).Zip(All([.. moved.Mixture.Weights, .. moved.Mixture.ControllerWeights]))) after.ShouldNotBe(before);
        moved.Learner.Dense.Parameters.ShouldContain(moved.Mixture.Weights[0]);
        moved.Learner.Dense.Parameters.ShouldNotContain(moved.Mixture.ControllerWeights[0]);
    }

    /// <summary>Users are mostly noise and items are not; and where bytes are short of the likeliest dimensions, values that are rarer have no more numbers than those that are not.</summary>
    [Fact]
    public void Plan_ShortOfBytes_NoiseAndRarerValuesHaveFewerNumbers()
    {
        using var rare = new ToyMethods(rareUsers: 200, l2: 5e-3);
        var whole = rare.Context.Bytes(EmbeddingPlan.Uniform(rare.Context.Fields, ToyMethods.FullDim));
        var plan = MethodCatalog.Find("autoemb").Create(rare.Context, new AutoDimOptions()).Plan(new PlanRequest(whole / 4, Projection.Linear, RowStorage.Float32))!;
        plan.Fields[0].Dim.ShouldBeLessThan(plan.Fields[1].Dim);
        var masked = Enumerable.Range(0, 4).Where(m => plan.Fields[m].Form is PrefixForm).ToArray();
        masked.ShouldNotBeEmpty();
        foreach (var m in masked)
        {
            using var mask = rare.MaskOf(plan, m);
            int[] kept = [.. Enumerable.Range(0, (int)mask.Rows).OrderBy(row => rare.Context.Counts[m][row]).Select(row => RowMask.Count(mask.Row(row), mask.RowBytes))];
            kept.ShouldBe(kept.Order());
            kept[0].ShouldBeLessThan(kept[^1]);
        }
    }
}

using AutoDim.Autograd;
using AutoDim.Compression;
using AutoDim.Compression.OptEmbed;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Evaluation;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Compression;

public sealed unsafe class OptEmbedTests
{
    /// <summary>Masks of the second of two fields by plain loops: the numbers, and the gradients that a gradient of them leads to.</summary>
    [Fact]
    public void MaskRows_KnownNumbers_ValuesAndGradientsAreTheFormulas()
    {
        const int Rows = 12, Dim = 5;
        const double Threshold = 1.2;
        using var pool = new WorkerPool(1);
        using var tape = new Tape(pool, 1);
        using var vectors = Parameter.Normal("v", Rows, Dim, 0.35, new CounterRandom(2, 1));
        using var thresholds = Parameter.Constant("t", 2, 1, Threshold);
        thresholds.Values[0] = 7;
        var dims = tape.NewScratch(Rows);
        for (var u = 0; u < Rows; u++) dims[u] = 1 + (u % Dim);
        var masked = MaskRows.Apply(tape, thresholds, 1, dims, 0, vectors);
        masked.EnsureGradient();
        for (var i = 0; i < masked.Length; i++) masked.Gradient[i] = (Real)Math.Cos(i);
        tape.Operations.Last().Backward();
        var (there, near, far, sum) = (0, 0, 0, 0.0);
        for (var u = 0; u < Rows; u++)
        {
            var x = Enumerable.Range(0, Dim).Sum(k => Math.Abs((double)vectors.Row(u)[k])) - Threshold;
            var slope = Math.Abs(x) <= 0.4 ? 2 - (4 * Math.Abs(x)) : Math.Abs(x) <= 1 ? 0.4 : 0;
            (there, near, far) = (there + (x > 0 ? 1 : 0), near + (Math.Abs(x) <= 0.4 ? 1 : 0), far + (Math.Abs(x) > 0.4 ? 1 : 0));
            var step = Enumerable.Range(0, Dim).Sum(k => k <= u % Dim ? Math.Cos((u * Dim) + k) * vectors.Row(u)[k] : 0) * slope;
            sum -= step;
            for (var k = 0; k < Dim; k++)
            {
                var isThere = x > 0 && k <= u % Dim;
                ((double)masked.Row(u)[k]).ShouldBe(isThere ? vectors.Row(u)[k] : 0, 1e-6);
                ((double)vectors.GradientRow(u)[k]).ShouldBe((isThere ? Math.Cos((u * Dim) + k) : 0) + (step * Math.Sign(vectors.Row(u)[k])), 1e-5);
            }
        }

        ((double)thresholds.GradientRow(1)[0]).ShouldBe(sum, 1e-5);
        thresholds.GradientRow(0)[0].ShouldBe(0);
        (there, near, far).ShouldSatisfyAllConditions(counts => counts.there.ShouldBeInRange(2, Rows - 2), counts => counts.near.ShouldBeGreaterThan(1), counts => counts.far.ShouldBeGreaterThan(1));
    }

    /// <summary>Every field has an optimum of its own; a limit on the sum forbids all of them together.</summary>
    [Fact]
    public void Evolution_KnownFitness_FindsTheBestThatIsAllowed()
    {
        int[] optimum = [3, 16, 1, 9, 2, 12];
        double Fitness(int[] dims) => -dims.Zip(optimum, (dim, best) => Math.Abs(dim - best)).Sum();
        int[] Best(int limit, List<int> told) => new DimEvolution([16, 16, 4, 16, 2, 16], dims => dims.Sum() <= limit ? Fitness(dims) : null, new CounterRandom(5, 1), (done, _) => told.Add(done))
            .Best(TestContext.Current.CancellationToken)!;

        List<int> told = [];
        Fitness(Best(100, told)).ShouldBeGreaterThanOrEqualTo(-4);
        told.ShouldBe(Enumerable.Range(1, 30));
        var limited = Best(33, []);
        limited.Sum().ShouldBeLessThanOrEqualTo(33);
        Fitness(limited).ShouldBeGreaterThanOrEqualTo(-16); // ten of the 43 must go
        Best(3, []).ShouldBeNull();
        Best(100, []).ShouldBe(Best(100, []));
    }

    /// <summary>What the supernet tells of dimensions and rows is the AUC of a plain model in which the others are zero.</summary>
    [Fact]
    public void Supernet_Auc_IsThatOfThePlainModelWithoutTheRest()
    {
        using var toy = new ToyMethods();
        using var supernet = new OptEmbedSupernet(toy.Context);
        supernet.Run();
        supernet.Thresholds.Values.ToArray().ShouldAllBe(threshold => threshold != 0);
        var raise = supernet.Margins()[0].Order().ElementAt(4);
        using var plain = toy.Load();
        var weights = LearnerState.Weights(supernet.Model).ToDictionary(array => array.Name);
        foreach (var target in LearnerState.Weights(plain)) Buffer.MemoryCopy((void*)weights[target.Name].Address, (void*)target.Address, target.Bytes, target.Bytes);
        int[] dims = [5, 2, 8, 8];
        for (var m = 0; m < 4; m++)
        {
            var table = plain.VectorTable(toy.Context.Fields[m].Name);
            for (var row = 0L; row < table.Rows; row++)
            {
                var norm = Enumerable.Range(0, table.Dim).Sum(k => Math.Abs((double)table.Row(row)[k])) - supernet.Thresholds.Values[m];
                for (var k = 0; k < table.Dim; k++)
                {
                    if (k >= dims[m] || m == 3 || (m == 0 && norm <= raise + 1e-7)) table.Row(row)[k] = 0;
                }
            }
        }

        using var scorer = new Scorer(plain, 100);
        supernet.Auc(dims, [raise, Real.NegativeInfinity, Real.NegativeInfinity, Real.PositiveInfinity]).ShouldBe(Auc.Compute(scorer.Score(toy.Data.Valid), Labels.Of(toy.Data.Valid)), 1e-12);
    }

    /// <summary>Users from 11 on say nothing and occur seldom: their rows go first; and the same run gives the same plan.</summary>
    [Fact]
    public void Plan_RareValuesWithoutSignal_LoseTheirRowsFirst()
    {
        using var rare = new ToyMethods(rareUsers: 200, l2: 5e-3);
        var request = new PlanRequest(rare.Context.Bytes(EmbeddingPlan.Uniform(rare.Context.Fields, ToyMethods.FullDim)) / 4, Projection.Linear, RowStorage.Float32);
        var plan = MethodCatalog.Find("optembed").Create(rare.Context, new AutoDimOptions()).Plan(request)!;
        plan.Fields[0].Form.ShouldBeOfType<PrefixForm>();
        using var mask = rare.MaskOf(plan, 0);
        double Share(int first, int last) => Enumerable.Range(first, last - first).Average(row => mask.IsKept(row, 0) ? 1.0 : 0);
        Share(0, 11).ShouldBeGreaterThan(0.8);
        Share(11, 211).ShouldBeLessThan(0.5);
        for (var row = 0; row < 211; row++) RowMask.Count(mask.Row(row), mask.RowBytes).ShouldBeOneOf(0, mask.Dim);
        new OptEmbedMethod(rare.Context).Plan(request)!.Fields.ShouldBe(plan.Fields);
    }
}

using AutoDim.Autograd;
using AutoDim.Compression;
using AutoDim.Compression.AutoSrh;
using AutoDim.Compression.Elements;
using AutoDim.Compression.Pep;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Compression;

/// <summary>The methods that decide number by number.</summary>
public sealed unsafe class ElementMethodsTests : IDisposable
{
    private readonly ToyMethods toy = new();

    private MethodContext Context => toy.Context;

    public void Dispose() => toy.Dispose();

    /// <summary>Sorted by hand: no number that goes is larger than one that stays, and one more would not fit.</summary>
    [Theory, InlineData(RowStorage.Float32, 0.6), InlineData(RowStorage.Float16, 0.35), InlineData(RowStorage.Int8, 0.25), InlineData(RowStorage.Int4, 0.15)]
    public void Magnitude_Budget_TheLargestNumbersStayAndFillIt(RowStorage storage, double share)
    {
        using var rare = new ToyMethods(rareUsers: 200);
        var context = rare.Context;
        var budget = (long)(share * Whole(context));
        var plan = new MagnitudeMethod(context).Plan(new PlanRequest(budget, Projection.Linear, storage))!;
        using var model = rare.Load();
        List<double> kept = [], gone = [];
        var left = long.MaxValue;
        for (var m = 0; m < plan.Fields.Count; m++)
        {
            var table = model.VectorTable(context.Fields[m].Name);
            if (plan.Fields[m].Form == null) continue; // whole, as that costs less, or dropped
            using var mask = rare.MaskOf(plan, m);
            for (var row = 0L; row < table.Rows; row++)
            {
                for (var k = 0; k < table.Dim; k++) (mask.IsKept(row, k) ? kept : gone).Add(Math.Abs((double)table.Row(row)[k]));
            }

            left = Math.Min(left, RowMask.BytesOf(table.Dim) + RowFormat.BytesIn(storage, 1)); // most that a further number of another row takes
        }

        kept.Count.ShouldBeGreaterThan(50);
        kept.Min().ShouldBeGreaterThan(gone.Max());
        context.Bytes(plan).ShouldBeInRange(budget - left, budget);
    }

    /// <summary>Soft thresholds of the second of two fields by plain loops: the numbers, and the gradients that a gradient of them leads to.</summary>
    [Fact]
    public void SoftThreshold_KnownNumbers_ValuesAndGradientsAreTheFormulas()
    {
        const int Rows = 9, Dim = 5;
        using var pool = new WorkerPool(1);
        using var tape = new Tape(pool, 1);
        using var vectors = Parameter.Normal("v", Rows, Dim, 0.2, new CounterRandom(2, 1));
        using var thresholds = Parameter.Normal("s", 2, Dim, 1, new CounterRandom(3, 1));
        for (var i = 0; i < thresholds.Length; i++) thresholds.Values[i] -= 2;
        var kept = SoftThreshold.Apply(tape, thresholds, 1, vectors);
        kept.EnsureGradient();
        for (var i = 0; i < kept.Length; i++) kept.Gradient[i] = (float)Math.Cos(i);
        tape.Operations.Last().Backward();
        var alive = 0;
        for (var k = 0; k < Dim; k++)
        {
            var (sigmoid, sum) = (1 / (1 + Math.Exp(-thresholds.Row(1)[k])), 0.0);
            for (var u = 0; u < Rows; u++)
            {
                var (v, g) = ((double)vectors.Row(u)[k], Math.Cos((u * Dim) + k));
                ((double)kept.Row(u)[k]).ShouldBe(Math.Sign(v) * Math.Max(0, Math.Abs(v) - sigmoid), 1e-6);
                var isAlive = Math.Abs(v) > sigmoid;
                ((double)vectors.GradientRow(u)[k]).ShouldBe(isAlive ? g : 0, 1e-6);
                if (!isAlive) continue;
                sum -= Math.Sign(v) * g * sigmoid * (1 - sigmoid);
                alive++;
            }

            ((double)thresholds.GradientRow(1)[k]).ShouldBe(sum, 1e-6);
            thresholds.GradientRow(0)[k].ShouldBe(0);
        }

        alive.ShouldBeInRange(5, (Rows * Dim) - 5);
    }

    /// <summary>
    /// While σ(s) is nothing, the L2 under Adam alone moves s: a step of the learning rate each. After a run, the numbers noted as alive at the last look are those with |V| above σ(s).
    /// </summary>
    [Fact]
    public void Pep_AfterSoManySteps_ThresholdsHaveRisenAndTheMaskIsWhatIsAboveThem()
    {
        using var scores = new ElementScores(Context.Fields, Context.FullDim);
        using var search = new PepSearch(Context, scores);
        search.Run(60);
        for (var i = 0; i < search.Thresholds.Length; i++) ((double)search.Thresholds.Values[i]).ShouldBe(PepSearch.Start + (60 * search.LearningRate), 0.01);
        search.Run();
        search.Step.ShouldBe(search.Steps);
        search.Thresholds.Values.ToArray().Average().ShouldBeGreaterThan(-8);
        var (last, alive, dead) = (100, 0, 0);
        for (var m = 0; m < Context.Fields.Count; m++)
        {
            var table = search.Model.VectorTable(Context.Fields[m].Name);
            for (var row = 0L; row < table.Rows; row++)
            {
                for (var k = 0; k < table.Dim; k++)
                {
                    var isAlive = Math.Abs(table.Row(row)[k]) > 1 / (1 + Math.Exp(-(double)search.Thresholds.Row(m)[k]));
                    (scores.Row(m, row)[k] >= last).ShouldBe(isAlive);
                    (alive, dead) = isAlive ? (alive + 1, dead) : (alive, dead + 1);
                }
            }
        }

        alive.ShouldBeGreaterThan(0);
        dead.ShouldBeGreaterThan(0);
    }

    /// <summary>Twelve values of two fields in six blocks of two, the most frequent first.</summary>
    [Fact]
    public void AutoSrh_Blocks_AreEquallyManyValuesByFrequency()
        => AutoSrhSearch.BlocksOf([[100, 1, 50, 7], [3, 90, 80, 2, 60, 5, 4, 6]]).ShouldBe([[0, 5, 2, 2], [4, 0, 1, 5, 1, 3, 4, 3]]);

    /// <summary>(g + λ) / mean |g + λ| of the row, a step against it, and no further than 0 and 1.</summary>
    [Fact]
    public void AutoSrh_StepOfGates_IsNormalisedByRowAndClipped()
    {
        using var search = new AutoSrhSearch(Context);
        var gates = search.Gates;
        gates.EnsureGradient();
        var (before, gradient) = (new double[gates.Length], new double[gates.Length]);
        for (var i = 0; i < gates.Length; i++)
        {
            before[i] = gates.Values[i] = i == 3 ? 1 : i == 4 ? 0.0001f : 0.2f + (0.01f * i);
            gradient[i] = gates.Gradient[i] = (float)(Math.Pow(10, -(i / gates.Columns)) * (i == 3 ? -2 : Math.Cos(i)) * 1e-3);
        }

        search.MoveGates();
        for (var block = 0; block < AutoSrhSearch.Blocks; block++)
        {
            var mean = Enumerable.Range(0, gates.Columns).Average(k => Math.Abs(gradient[(block * gates.Columns) + k] + 1e-5));
            for (var k = 0; k < gates.Columns; k++)
            {
                var i = (block * gates.Columns) + k;
                ((double)gates.Values[i]).ShouldBe(Math.Clamp(before[i] - (search.LearningRate * (gradient[i] + 1e-5) / (mean + 1e-8)), 0, 1), 1e-6);
            }
        }

        gates.Values[3].ShouldBe(1);
    }

    /// <summary>It begins at the full model, whose vectors gates of 1 leave as they are; then α learns on validation, and the scores are |e·α|.</summary>
    [Fact]
    public void AutoSrh_Search_BeginsAtTheFullModelAndScoresByGatedSize()
    {
        using var search = new AutoSrhSearch(Context);
        using var full = toy.Load();
        using var scorer = new Scorer(full, 100);
        search.Learner.Score(Context.Valid).ShouldBe(scorer.Score(Context.Valid));
        search.Run();
        search.Gates.Values.ToArray().ShouldAllBe(gate => gate >= 0 && gate <= 1);
        search.Gates.Values.ToArray().Min().ShouldBeLessThan(0.9f);
        var blocks = AutoSrhSearch.BlocksOf(Context.Counts);
        using var scores = search.Scores(Context);
        for (var m = 0; m < Context.Fields.Count; m++)
        {
            var table = search.Model.VectorTable(Context.Fields[m].Name);
            for (var row = 0L; row < table.Rows; row++)
            {
                for (var k = 0; k < table.Dim; k++) scores.Row(m, row)[k].ShouldBe(Math.Abs(table.Row(row)[k] * search.Gates.Row(blocks[m][row])[k]));
            }
        }
    }

    /// <summary>Users from 11 on say nothing and occur seldom, and an L2 keeps the model from learning them by heart: their numbers go first.</summary>
    [Theory, InlineData("magnitude"), InlineData("pep"), InlineData("autosrh")]
    public void Plan_RareValuesWithoutSignal_LoseTheirNumbersFirst(string name)
    {
        using var rare = new ToyMethods(rareUsers: 200, l2: 5e-3);
        var plan = MethodCatalog.Find(name).Create(rare.Context, new AutoDimOptions()).Plan(new PlanRequest(Whole(rare.Context) / 3, Projection.Linear, RowStorage.Float32))!;
        plan.Fields[0].Form.ShouldBeOfType<SparseForm>();
        using var mask = rare.MaskOf(plan, 0);
        double Share(int first, int last) => Enumerable.Range(first, last - first).Average(row => Enumerable.Range(0, ToyMethods.FullDim).Count(k => mask.IsKept(row, k))) / ToyMethods.FullDim;
        Share(0, 11).ShouldBeGreaterThan(1.5 * Share(11, 211));
    }

    private static long Whole(MethodContext context) => context.Bytes(EmbeddingPlan.Uniform(context.Fields, ToyMethods.FullDim));
}

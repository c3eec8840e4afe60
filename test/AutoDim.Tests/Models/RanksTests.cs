using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Optimizers;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Models;

/// <summary>Several ranks, each with its share of every batch, do what one does with the whole: the same losses and weights within rounding.</summary>
public sealed class RanksTests
{
    private const int Samples = 300;

    private static readonly bool IsDouble = sizeof(Real) == 8;

    /// <summary>Float64 tells a mistake from rounding after many steps; in float32, where Adam makes steps of the sign of what is nearly 0, few must do.</summary>
    private const int FewSteps = 12;

    private static readonly int Steps = IsDouble ? 200 : FewSteps;

    private static readonly double Tolerance = IsDouble ? 1e-7 : 2e-3;

    /// <summary>No dropout over the entries of sequences, whose place in the whole batch a rank does not know.</summary>
    private static readonly Func<string, AutoDim.Models.ModelOptions> OptionsOf = model => model.StartsWith("din", StringComparison.Ordinal) ? Bench.SmallModel with { AttentionDropout = 0 } : Bench.SmallModel;

    public sealed record Outcome(double[] Losses, float[] Scores, Dictionary<string, Real[]> Weights);

    public static TheoryData<string> Models() => [.. Bench.Models().Select(row => row.Data.Item1).Distinct()];

    [Theory, MemberData(nameof(Models))]
    public void Step_TwoRanks_AsOne(string model)
        => ShouldBeAlike(ThreadRanks.Run(2, ranks => Train(ranks, model, new TableOptimizerOptions { LearningRate = 0.01 })), Train(Ranks.One, model, new TableOptimizerOptions { LearningRate = 0.01 }));

    [Theory, MemberData(nameof(Models))]
    public void Step_ThreeRanksThatShareEveryTable_AsOne(string model)
        => ShouldBeAlike(ThreadRanks.Run(3, ranks => Train(ranks, model, new TableOptimizerOptions { LearningRate = 0.01 }), replicatedBytes: 0), Train(Ranks.One, model, new TableOptimizerOptions { LearningRate = 0.01 }));

    [Theory, MemberData(nameof(RowForms))]
    public void Step_FormsOfRows_AsOne(string model)
        => ShouldBeAlike(ThreadRanks.Run(2, ranks => Train(ranks, model, new TableOptimizerOptions { LearningRate = 0.01 }), replicatedBytes: 0), Train(Ranks.One, model, new TableOptimizerOptions { LearningRate = 0.01 }));

    [Theory, MemberData(nameof(CodedForms))]
    public void Step_CodesOfRows_RefusesSeveralRanks(string model)
        => Should.Throw<AutoDimException>(() => ThreadRanks.Run(2, ranks => Train(ranks, model, new TableOptimizerOptions()))).Message.ShouldContain("one process");

    [Fact]
    public void Step_BatchThatIsNoShare_Refused()
        => Should.Throw<AutoDimException>(() => ThreadRanks.Run(2, ranks =>
        {
            using var bench = new Bench("deepfm", [3, 3, 3, 3], ranks: ranks);
            bench.Fill(1);
            return bench.Learner.Step();
        })).Message.ShouldContain("one process");

    public static TheoryData<string> RowForms() => [.. Bench.RowFormNames.Where(name => !IsCoded(name))];

    public static TheoryData<string> CodedForms() => [.. Bench.RowFormNames.Where(IsCoded)];

    private static bool IsCoded(string name) => Bench.FormsOf(name, 1)[0] is AutoDim.Embeddings.Forms.CodedForm;

    public static TheoryData<OptimizerKind, double, double, bool, bool> Optimizers()
    {
        var cases = new TheoryData<OptimizerKind, double, double, bool, bool>();
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            foreach (var shared in (bool[])[false, true])
            {
                cases.Add(kind, 0, 0, false, shared);
                cases.Add(kind, 0.01, 0, false, shared);
                cases.Add(kind, 0.01, 0.001, true, shared);
            }
        }

        return cases;
    }

    [Theory, MemberData(nameof(Optimizers))]
    public void Step_EveryOptimizer_AsOne(OptimizerKind kind, double l2, double decay, bool isDense, bool shared)
    {
        var tables = new TableOptimizerOptions { Kind = kind, LearningRate = 0.01, L2 = l2, WeightDecay = decay, Dense = isDense };
        ShouldBeAlike(ThreadRanks.Run(2, ranks => Train(ranks, "deepfm", tables, clipNorm: 0.05), shared ? 0 : Ranks.DefaultReplicatedBytes), Train(Ranks.One, "deepfm", tables, clipNorm: 0.05));
    }

    [Fact]
    public void Step_WholeTables_SameBitsOnEveryRank()
    {
        var outcomes = ThreadRanks.Run(3, ranks => Train(ranks, "deepfm", new TableOptimizerOptions { LearningRate = 0.01, L2 = 0.01, Dense = false }));
        foreach (var other in outcomes[1..]) Bench.ShouldBeSame(other.Weights, outcomes[0].Weights);
    }

    /// <summary>
    /// A step by shares' own statistics is the mean of the steps that one process makes on each share by itself: plain gradient descent, every weight and running
    /// statistic.
    /// </summary>
    [Theory, InlineData("deepfm"), InlineData("dnn")]
    public void Step_BatchNormOfShares_MeanOfStepsOnEachShare(string model)
    {
        const int Share = 16;
        var training = Bench.SmallTraining with { BatchSize = 2 * Share, RankBatchNorm = BatchNormScope.Local, ClipNorm = 0, DenseOptimizer = OptimizerKind.Sgd, Tables = new() { Kind = OptimizerKind.Sgd, LearningRate = 0.01 } };
        var ranks = ThreadRanks.Run(2, ranks => After(ranks, 2 * Share, 0));
        var (first, second) = (After(Ranks.One, Share, 0), After(Ranks.One, Share, 1));
        first.Keys.ShouldContain(name => name.EndsWith("norm.variance", StringComparison.Ordinal));
        foreach (var (name, values) in first)
        {
            for (var i = 0; i < values.Length; i++)
            {
                var mean = (values[i] + second[name][i]) / 2;
                foreach (var rank in ranks) ((double)rank[name][i]).ShouldBe(mean, IsDouble ? 1e-12 : 1e-5, $"{name}[{i}]");
            }
        }

        Dictionary<string, Real[]> After(Ranks ranks, int batchSize, int skipped)
        {
            using var data = Toy.Clicks(train: Samples);
            using var bench = new Bench(model, [3, 3, 3, 3], options: Bench.SmallModel with { Dropout = 0 }, training: training with { BatchSize = batchSize }, ranks: ranks);
            var sampler = new BatchSampler(data.Train, batchSize, 5, ranks);
            for (var batch = 0; batch <= skipped; batch++) sampler.Next(bench.Learner.Input.Batch);
            bench.Learner.Step();
            bench.Learner.MergeStatistics();
            return bench.Weights();
        }
    }

    [Theory, InlineData(2), InlineData(3)]
    public void Step_BatchNormOfShares_ThreeSumsALayerLess(int count)
    {
        var (global, local) = (Sums(BatchNormScope.Global), Sums(BatchNormScope.Local));
        foreach (var (all, fewer) in global.Zip(local)) (all - fewer).ShouldBe(3 * Bench.SmallModel.Hidden.Count);

        long[] Sums(BatchNormScope scope) => ThreadRanks.Run(count, ranks =>
        {
            using var data = Toy.Clicks(train: Samples);
            using var bench = new Bench("dnn", [3, 3, 3, 3], training: Bench.SmallTraining with { RankBatchNorm = scope }, ranks: ranks);
            new BatchSampler(data.Train, 32, 5, ranks).Next(bench.Learner.Input.Batch);
            bench.Learner.Step();
            return ranks.Traffic.Sums;
        });
    }

    /// <summary>An epoch may end with fewer samples than there are ranks.</summary>
    [Fact]
    public void Step_BatchNormOfShareWithoutSamples_LeavesNumbers()
    {
        var outcomes = ThreadRanks.Run(3, ranks =>
        {
            using var data = Toy.Clicks(train: 34, valid: 50);
            using var bench = new Bench("dnn", [3, 3, 3, 3], training: Bench.SmallTraining with { RankBatchNorm = BatchNormScope.Local }, ranks: ranks);
            var sampler = new BatchSampler(data.Train, 32, 5, ranks);
            for (var step = 0; step < 4; step++)
            {
                sampler.Next(bench.Learner.Input.Batch);
                bench.Learner.Step();
            }

            bench.Learner.CheckNumbers();
            return bench.Learner.Score(data.Valid);
        });
        foreach (var scores in outcomes) scores.ShouldBe(outcomes[0]);
        outcomes[0].ShouldAllBe(score => float.IsFinite(score));
    }

    [Theory, InlineData(WireFormat.Float16, WireFormat.Int8, false), InlineData(WireFormat.Float16, WireFormat.Int8, true), InlineData(WireFormat.Int8, WireFormat.Float16, true)]
    public void Step_RoundedRows_AlikeOnEveryRankAndNearTheExact(WireFormat rows, WireFormat gradients, bool shared)
    {
        var tables = new TableOptimizerOptions { Kind = OptimizerKind.Sgd, LearningRate = 0.05 };
        var limit = shared ? 0 : Ranks.DefaultReplicatedBytes;
        var exact = ThreadRanks.Run(2, ranks => Train(ranks, "deepfm", tables, isShort: true), limit)[0];
        var rounded = ThreadRanks.Run(2, ranks => Train(ranks, "deepfm", tables, wire: new RowWire(rows, gradients), isShort: true), limit);
        rounded[1].Scores.ShouldBe(rounded[0].Scores);
        if (!shared) Bench.ShouldBeSame(rounded[1].Weights, rounded[0].Weights);
        var differences = rounded[0].Scores.Zip(exact.Scores, (one, other) => Math.Abs(one - other)).ToArray();
        differences.Max().ShouldBeInRange(1e-9f, 0.05f); // not the same, and near
    }

    public static TheoryData<int, bool, WireFormat, WireFormat> Wires()
    {
        var cases = new TheoryData<int, bool, WireFormat, WireFormat>();
        foreach (var count in (int[])[2, 3])
        {
            foreach (var shared in (bool[])[false, true])
            {
                cases.Add(count, shared, WireFormat.Float32, WireFormat.Float32);
                cases.Add(count, shared, WireFormat.Float16, WireFormat.Int8);
                cases.Add(count, shared, WireFormat.Int8, WireFormat.Float16);
            }
        }

        return cases;
    }

    [Theory, MemberData(nameof(Wires))]
    public void Step_BytesSent_AsTheFormulaSays(int count, bool shared, WireFormat rows, WireFormat gradients)
    {
        var wire = new RowWire(rows, gradients);
        var sent = ThreadRanks.Run(count, ranks =>
        {
            using var data = Toy.Clicks(train: 600, rareUsers: 500);
            using var pool = new WorkerPool(1) { Ranks = ranks };
            using var model = AutoDim.Models.ModelCatalog.Find("fm").Create(AutoDim.Models.ModelContext.Planned(data.Fields, EmbeddingPlan.Uniform(data.Fields, 4), Bench.SmallModel, 1, pool));
            using var learner = new Learner(model, Bench.SmallTraining with { BatchSize = 600, RankRows = rows, RankGradients = gradients });
            new BatchSampler(data.Train, 600, 5, ranks).Next(learner.Input.Batch);
            learner.Step();
            var counts = (shared ? 2 : 1) * model.Tables.Count * sizeof(int) * (count - 1);
            return (Got: ranks.Traffic.SentBytes - counts, Formula: model.Tables.Sum(table => RowExchange.SentBytes(learner.Input.RowsOf(table).Count, table.Dim, shared, count, wire)));
        }, shared ? 0 : Ranks.DefaultReplicatedBytes);
        var (got, formula) = (sent.Sum(rank => rank.Got), sent.Sum(rank => rank.Formula));
        ((double)got).ShouldBe(formula, shared ? 0.15 * formula : 0); // which rows are whose is chance
    }

    private static void ShouldBeAlike(Outcome[] ranks, Outcome one)
    {
        foreach (var rank in ranks)
        {
            for (var step = 0; step < Steps; step++) rank.Losses[step].ShouldBe(one.Losses[step], Tolerance, $"loss of step {step}");
            for (var i = 0; i < one.Scores.Length; i++) ((double)rank.Scores[i]).ShouldBe(one.Scores[i], 10 * Tolerance + 1e-5, $"score of sample {i}");
        }

        ranks[0].Weights.Keys.ShouldBe(one.Weights.Keys);
        foreach (var (name, expected) in one.Weights)
        {
            for (var i = 0; i < expected.Length; i++) ((double)ranks[0].Weights[name][i]).ShouldBe(expected[i], 10 * Tolerance, $"{name}[{i}]");
        }
    }

    /// <summary>Batches of 32, and of 12 at an epoch's end.</summary>
    private static Outcome Train(Ranks ranks, string model, TableOptimizerOptions tables, double clipNorm = 10, RowWire wire = default, bool isShort = false)
    {
        using var data = Toy.Clicks(train: Samples, valid: 50);
        using var bench = new Bench(model, [3, 3, 3, 3], options: OptionsOf(model), training: Bench.SmallTraining with { Tables = tables, ClipNorm = clipNorm, RankRows = wire.Rows, RankGradients = wire.Gradients, DenseOptimizer = IsDouble && !isShort ? OptimizerKind.Adam : OptimizerKind.Sgd, EvaluationBatchSize = 7 }, ranks: ranks);
        var sampler = new BatchSampler(data.Train, 32, 5, ranks);
        var losses = new double[isShort ? FewSteps : Steps];
        for (var step = 0; step < losses.Length; step++)
        {
            sampler.Next(bench.Learner.Input.Batch);
            losses[step] = bench.Learner.Step();
        }

        var scores = bench.Learner.Score(data.Valid);
        return new Outcome(losses, scores, WholeWeights(bench));
    }

    /// <summary>As a file would have them; on the first rank only, where ranks share a table.</summary>
    private static Dictionary<string, Real[]> WholeWeights(Bench bench)
    {
        var weights = new Dictionary<string, Real[]>();
        foreach (var array in LearnerState.All(bench.Learner).Where(array => array.Type == NamedArray.ElementType.Number))
        {
            var values = new List<Real>();
            array.ForEachChunk(chunk => values.AddRange(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Real>(chunk)));
            weights[array.Name] = [.. values];
        }

        return weights;
    }
}

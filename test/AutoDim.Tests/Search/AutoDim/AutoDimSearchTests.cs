using AutoDim.Data;
using AutoDim.Evaluation;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Search.AutoDim;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Search.AutoDim;

public sealed class AutoDimSearchTests
{
    private static readonly bool IsDouble = sizeof(Real) == 8;
    private static readonly AutoDimOptions Small = SearchBench.Small;

    /// <summary>So many that their field is cut into blocks.</summary>
    private const int ManyUsers = 300;

    public static TheoryData<CandidateMaps, bool, bool, bool> Forms() => new()
    {
        { CandidateMaps.PerField, false, false, false },
        { CandidateMaps.PerField, true, false, false },
        { CandidateMaps.Shared, false, false, false },
        { CandidateMaps.ZeroPadding, false, false, false },
        { CandidateMaps.PerField, false, true, false },
        { CandidateMaps.PerField, false, false, true },
        { CandidateMaps.Shared, true, true, true },
    };

    [Theory, MemberData(nameof(Forms))]
    public void Run_CollapsedOrWrittenOut_SameAlphaThroughout(CandidateMaps maps, bool separate, bool drops, bool inBlocks)
    {
        using var data = Toy.Clicks(rareUsers: inBlocks ? ManyUsers : 0);
        var options = Small with { Maps = maps, SeparateTables = separate, Candidates = drops ? [0, 2, 5] : [1, 2, 5] };
        using SearchBench collapsed = new(options, data, inBlocks: inBlocks), writtenOut = new(options with { Layer = SearchLayer.WrittenOut }, data, inBlocks: inBlocks);
        var result = collapsed.Search.Run(TestContext.Current.CancellationToken);
        var expected = writtenOut.Search.Run(TestContext.Current.CancellationToken);
        result.Steps.ShouldBe(52);
        var tolerance = IsDouble ? 1e-9 : 0.1; // Adam steps by the sign of the first small gradients, whatever their rounding
        for (var i = 0; i < result.History.Count; i++)
        {
            foreach (var (got, wanted) in result.History[i].Probabilities.SelectMany(pi => pi).Zip(expected.History[i].Probabilities.SelectMany(pi => pi))) got.ShouldBe(wanted, tolerance);
        }

        foreach (var (got, wanted) in collapsed.Alpha.Zip(writtenOut.Alpha)) ((double)got).ShouldBe(wanted, tolerance);
        result.ValidAuc.ShouldBe(expected.ValidAuc, IsDouble ? 1e-9 : 0.01); // by running statistics
        collapsed.Alpha.Max(Math.Abs).ShouldBeGreaterThan((Real)0.1); // it did move
    }

    [Fact]
    public void Run_OneTwoOrThreeThreads_SameBits()
    {
        using var data = Toy.Clicks();
        var one = After(1);
        Bench.ShouldBeSame(After(2), one);
        Bench.ShouldBeSame(After(3), one);

        Dictionary<string, Real[]> After(int threads)
        {
            using var bench = new SearchBench(Small with { Epochs = 2 }, data, threads);
            bench.Search.Run(TestContext.Current.CancellationToken);
            return bench.State;
        }
    }

    [Fact]
    public void Run_WarmUp_AlphaRestsThenMoves()
    {
        using var data = Toy.Clicks();
        using var bench = new SearchBench(Small with { WarmUp = 0.5 }, data);
        List<(long Step, double Largest)> seen = [];
        bench.Search.OnStep = progress => seen.Add((progress.Step, bench.Alpha.Max(Math.Abs)));
        var result = bench.Search.Run(TestContext.Current.CancellationToken);
        seen.Where(step => step.Step <= 26).ShouldAllBe(step => step.Largest == 0);
        seen.Where(step => step.Step > 26).ShouldAllBe(step => step.Largest > 0);
        result.AlphaSteps.ShouldBe(26);
    }

    [Fact]
    public void Run_UpdateEvery_MovesAlphaAtThoseStepsAlone()
    {
        using var data = Toy.Clicks();
        using var bench = new SearchBench(Small with { WarmUp = 0.25, UpdateEvery = 5 }, data);
        List<long> moved = [];
        var before = bench.Alpha;
        bench.Search.OnStep = progress =>
        {
            if (!bench.Alpha.AsSpan().SequenceEqual(before)) moved.Add(progress.Step);
            before = bench.Alpha;
        };
        bench.Search.Run(TestContext.Current.CancellationToken);
        moved.ShouldBe([14, 19, 24, 29, 34, 39, 44, 49]);
    }

    [Fact]
    public void Run_SingleLevel_AlphaDoesNotDependOnValidationRows()
    {
        using ClickData data = Toy.Clicks(), otherValid = Toy.Clicks(validSeed: 99), otherTrain = Toy.Clicks(seed: 2, validSeed: 1);
        var options = Small with { SingleLevel = true };
        var alpha = AlphaAfter(options, data);
        AlphaAfter(options, otherValid).ShouldBe(alpha);
        AlphaAfter(options, otherTrain).ShouldNotBe(alpha);
        AlphaAfter(Small, otherValid).ShouldNotBe(AlphaAfter(Small, data));
    }

    [Fact]
    public void ArchitectureStep_FirstOrder_DependsOnValidationRowsAndMovesAlphaAlone()
    {
        using ClickData data = Toy.Clicks(), otherValid = Toy.Clicks(validSeed: 99);
        var alpha = After(data, trainRows: 1);
        After(data, trainRows: 2).ShouldBe(alpha); // whatever the training batch holds
        After(otherValid, trainRows: 1).ShouldNotBe(alpha);

        Real[] After(ClickData data, ulong trainRows)
        {
            using var bench = new SearchBench(Small, data);
            SmallData.Fill(bench.Search.Learner.Input.Batch, SmallData.Fields, 32, trainRows);
            var before = Bench.Copy(LearnerState.All(bench.Search.Learner));
            bench.Search.ArchitectureStep();
            Bench.ShouldBeSame(Bench.Copy(LearnerState.All(bench.Search.Learner)), before);
            return bench.Alpha;
        }
    }

    [Fact]
    public void WeightStep_TwoLevels_LeavesAlphaAndMovesEveryWeight()
    {
        using var data = Toy.Clicks();
        using var bench = new SearchBench(Small, data);
        var before = bench.State;
        for (var step = 0UL; step < 4; step++)
        {
            SmallData.Fill(bench.Search.Learner.Input.Batch, SmallData.Fields, 32, step);
            bench.Search.WeightStep();
        }

        foreach (var (name, values) in bench.State) values.AsSpan().SequenceEqual(before[name]).ShouldBe(name == "alpha", name);
    }

    [Theory, MemberData(nameof(Bench.ModelsWithVectors), MemberType = typeof(Bench))]
    public void Steps_AnyModel_MoveAlphaAndEveryWeight(string model)
    {
        using var data = Toy.Clicks();
        using var pool = new WorkerPool(2);
        using var search = new AutoDimSearch(Bench.Find(model), Bench.SmallModel with { BatchNorm = false }, Bench.SmallTraining, Small, data, pool);
        NamedArray[] State() => [.. LearnerState.Weights(search.Learner.Model), NamedArray.Of(search.Embedding.Alpha)];
        var before = Bench.Copy(State());
        for (var step = 0UL; step < 4; step++)
        {
            SmallData.Fill(search.Learner.Input.Batch, SmallData.Fields, 32, step);
            search.ArchitectureStep();
            search.WeightStep();
        }

        foreach (var (name, values) in Bench.Copy(State())) values.AsSpan().SequenceEqual(before[name]).ShouldBeFalse($"{name} never changed");
    }

    [Theory, InlineData(false, false, false), InlineData(true, false, false), InlineData(false, true, false), InlineData(true, false, true)]
    public void Run_CancelledAndResumed_SameBitsAsUninterrupted(bool secondOrder, bool singleLevel, bool inBlocks)
    {
        using var data = Toy.Clicks(rareUsers: inBlocks ? ManyUsers : 0);
        var options = Small with { Epochs = 2, WarmUp = 0.25, UpdateEvery = 2, SecondOrder = secondOrder, SingleLevel = singleLevel };
        using var whole = new SearchBench(options, data, inBlocks: inBlocks);
        var expected = whole.Search.Run(TestContext.Current.CancellationToken);
        foreach (var steps in (int[])[1, 8, 13, 20, 26])
        {
            using var folder = new TemporaryFolder();
            using (var cancelled = new SearchBench(options, data, folder: new RunFolder(folder.Path), inBlocks: inBlocks)) CancelAfter(cancelled, steps);
            using var resumed = new SearchBench(options, data, folder: new RunFolder(folder.Path), inBlocks: inBlocks);
            ShouldBeSame(resumed.Search.Run(TestContext.Current.CancellationToken), expected);
            Bench.ShouldBeSame(resumed.State, whole.State);
        }
    }

    [Fact]
    public void Run_OlderCheckpoint_SameBitsAsUninterrupted()
    {
        using var data = Toy.Clicks();
        using var whole = new SearchBench(Small, data);
        var expected = whole.Search.Run(TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        var checkpoint = new RunFolder(folder.Path).Checkpoint("search").Path;
        using (var cancelled = new SearchBench(Small, data, folder: new RunFolder(folder.Path))) CancelAfter(cancelled, 17);
        var older = File.ReadAllBytes(checkpoint);
        using (var further = new SearchBench(Small, data, folder: new RunFolder(folder.Path))) CancelAfter(further, 20);
        File.WriteAllBytes(checkpoint, older);
        using var resumed = new SearchBench(Small, data, folder: new RunFolder(folder.Path));
        ShouldBeSame(resumed.Search.Run(TestContext.Current.CancellationToken), expected);
        Bench.ShouldBeSame(resumed.State, whole.State);
    }

    /// <summary>The measured AUCs against scoring by hand with one-hot preferences, from an equal search.</summary>
    [Fact]
    public void Run_AtTheEnd_MeasuresEveryCandidateWithTheOthersAsPreferredAndLeavesAlpha()
    {
        using var data = Toy.Clicks();
        using SearchBench measured = new(Small, data), byHand = new(Small, data);
        var result = measured.Search.Run(TestContext.Current.CancellationToken);
        byHand.Search.Run(TestContext.Current.CancellationToken);
        var (embedding, labels) = (byHand.Search.Embedding, Labels.Of(data.Valid));
        measured.Search.Embedding.Alpha.Values.ToArray().ShouldBe(embedding.Alpha.Values.ToArray());
        for (var field = 0; field < result.Fields.Count; field++)
        {
            for (var candidate = 0; candidate < result.Fields[field].Dims.Count; candidate++)
            {
                embedding.Alpha.Values.Clear();
                for (var m = 0; m < result.Fields.Count; m++) embedding.Alpha.Values[(m * embedding.Space.Candidates.Count) + (m == field ? candidate : result.Fields[m].Best)] = 500;
                result.Fields[field].ValidAucs[candidate].ShouldBe(Auc.Compute(byHand.Search.Learner.Score(data.Valid), labels));
            }
        }
    }

    [Fact]
    public void Constructor_ModelWithoutVectors_Refused()
    {
        using var data = Toy.Clicks();
        using var pool = new WorkerPool(1);
        Should.Throw<AutoDimException>(() => new AutoDimSearch(ModelCatalog.Find("lr"), Bench.SmallModel, Bench.SmallTraining, Small, data, pool)).Message.ShouldContain("no dimension to search");
    }

    /// <summary>A field that decides the clicks by its values' vectors against one that is noise, both of many values.</summary>
    [Fact, Trait("Category", "Slow")]
    public void Run_PlantedSignal_MoreDimensionsThanNoise()
    {
        Field[] fields = [new("signal", 60), new("noise", 60), new("partner", 60)];
        using var data = new ClickData("planted", fields, Planted(fields, 12_000, 1), Planted(fields, 4000, 2), Planted(fields, 400, 3), "planted");
        using var pool = new WorkerPool(2);
        var training = new TrainingOptions { BatchSize = 256, LearningRate = 3e-3, Tables = new() { LearningRate = 3e-3 } };
        var options = new AutoDimOptions { Candidates = [1, 8], Epochs = 12, AlphaLearningRate = 0.02 };
        using var search = new AutoDimSearch(ModelCatalog.Find("fm"), Bench.SmallModel, training, options, data, pool);
        var result = search.Run(TestContext.Current.CancellationToken);
        double Large(string field) => result.Fields.Single(choice => choice.Field == field).Probabilities[1];
        Large("signal").ShouldBeGreaterThan(0.5);
        Large("noise").ShouldBeLessThan(Large("signal") - 0.1);
    }

    private static MemorySplit Planted(Field[] fields, int samples, ulong seed)
    {
        var random = new CounterRandom(seed, 3);
        var vectors = new CounterRandom(7, 7); // the truth, the same for every split
        double Coordinate(long value, int field, int k) => vectors.Normal((value * 100) + (field * 10) + k);
        var rows = fields.Select((field, m) => Enumerable.Range(0, samples).Select(i => random.Below((i * 8L) + m, field.Rows)).ToArray()).ToArray();
        var labels = Enumerable.Range(0, samples).Select(i =>
        {
            var product = Enumerable.Range(0, 6).Sum(k => Coordinate(rows[0][i], 0, k) * Coordinate(rows[2][i], 2, k));
            return random.Uniform((i * 8L) + 5) < 1 / (1 + Math.Exp(-1.5 * product)) ? 1f : 0f;
        }).ToArray();
        return new MemorySplit(labels, rows);
    }

    private static Real[] AlphaAfter(AutoDimOptions options, ClickData data)
    {
        using var bench = new SearchBench(options with { Epochs = 2 }, data);
        bench.Search.Run(TestContext.Current.CancellationToken);
        return bench.Alpha;
    }

    private static void CancelAfter(SearchBench bench, int steps)
    {
        using var cancellation = new CancellationTokenSource();
        var made = 0;
        bench.Search.OnStep = _ =>
        {
            if (++made == steps) cancellation.Cancel();
        };
        Should.Throw<OperationCanceledException>(() => bench.Search.Run(cancellation.Token));
    }

    private static void ShouldBeSame(SearchResult actual, SearchResult expected)
    {
        actual.ValidAuc.ShouldBe(expected.ValidAuc);
        (actual.Steps, actual.AlphaSteps).ShouldBe((expected.Steps, expected.AlphaSteps));
        actual.History.Select(point => (point.Step, point.Temperature)).ShouldBe(expected.History.Select(point => (point.Step, point.Temperature)));
        actual.History.SelectMany(point => point.Probabilities.SelectMany(pi => pi)).ShouldBe(expected.History.SelectMany(point => point.Probabilities.SelectMany(pi => pi)));
        actual.Fields.Select(choice => choice.Best).ShouldBe(expected.Fields.Select(choice => choice.Best));
    }
}

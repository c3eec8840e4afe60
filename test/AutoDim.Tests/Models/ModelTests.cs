using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Models;
using AutoDim.Numerics;
using AutoDim.Tests.Support;
using AutoDim.Training;

namespace AutoDim.Tests.Models;

/// <summary>What holds for every model of the catalogue, for plans of one and of mixed dimensions, mapped and padded.</summary>
public sealed unsafe class ModelTests
{
    private static readonly bool IsDouble = sizeof(Real) == 8;

    public static TheoryData<string, int[], Projection> Cases() => Bench.Models();

    public static TheoryData<string, int[], Projection> RowForms() => Bench.RowFormModels();

    [Theory, MemberData(nameof(Cases))]
    public void Loss_AtGivenWeights_EqualsPlainLoops(string name, int[] dims, Projection projection)
    {
        foreach (var batchNorm in (bool[])[false, true])
        {
            var options = Bench.SmallModel with { BatchNorm = batchNorm, Dropout = 0, AttentionDropout = 0 };
            using var bench = new Bench(name, dims, projection, options);
            Bench.Shake(bench.Model);
            var batch = bench.Fill(seed: 3);
            var plain = new PlainModel(bench.Model, bench.Plan);
            var expected = PlainModel.LogLoss(plain.Logits(batch, isTraining: true), batch);
            bench.Learner.Gradients(bench.Learner.Input).ShouldBe(expected, IsDouble ? 1e-12 : 1e-5);
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Score_AtGivenWeights_EqualsPlainLoops(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        Bench.Shake(bench.Model);
        var split = Toy.Split(50, 4);
        using var batch = new Batch(SmallData.Fields, 50);
        split.Read([.. Enumerable.Range(0, 50).Select(i => (long)i)], batch);
        var expected = new PlainModel(bench.Model, bench.Plan).Logits(batch, isTraining: false);
        var scores = bench.Learner.Score(split);
        for (var i = 0; i < scores.Length; i++) ((double)scores[i]).ShouldBe(expected[i], 1e-4);
    }

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Backward_EveryParameterAndTable_ReceivesGradient(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection, Bench.SmallModel with { Dropout = 0 });
        Bench.Shake(bench.Model);
        bench.Fill(seed: 3);
        bench.Learner.Gradients(bench.Learner.Input);
        foreach (var parameter in bench.Model.Parameters)
        {
            parameter.HasGradient.ShouldBeTrue(parameter.Name);
            // A bias before BatchNorm has the gradient 0; its rounding is no evidence either way.
            if (!IsBeforeNorm(bench.Model, parameter.Name)) new ReadOnlySpan<Real>(parameter.Gradient, (int)parameter.Length).ContainsAnyExcept((Real)0).ShouldBeTrue(parameter.Name);
        }

        bench.Learner.Tape.Lookups.Select(lookup => lookup.Table).Order().ShouldBe(Enumerable.Range(0, bench.Model.Tables.Count));
        foreach (var lookup in bench.Learner.Tape.Lookups)
        {
            lookup.Vectors.HasGradient.ShouldBeTrue();
            new ReadOnlySpan<Real>(lookup.Vectors.Gradient, (int)lookup.Vectors.Length).ContainsAnyExcept((Real)0).ShouldBeTrue(bench.Model.Tables[lookup.Table].Name);
        }
    }

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Step_SeveralTimes_ChangesEveryParameterTableAndStatistic(string name, int[] dims, Projection projection)
    {
        foreach (var batchNorm in (bool[])[false, true])
        {
            using var bench = new Bench(name, dims, projection, Bench.SmallModel with { BatchNorm = batchNorm });
            var before = bench.Weights();
            bench.Train(6);
            foreach (var (array, values) in bench.Weights())
            {
                if (IsBeforeNorm(bench.Model, array)) continue;
                values.AsSpan().SequenceEqual(before[array]).ShouldBeFalse($"{array} never changed");
            }
        }
    }

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Score_AnyEvaluationBatchSize_SameBits(string name, int[] dims, Projection projection)
    {
        // 8 hidden units after 300: inner dimensions beyond and below the matrix product's blocks.
        using var bench = new Bench(name, dims, projection, Bench.SmallModel with { Hidden = [300, 8] });
        bench.Train(3);
        var split = Toy.Split(130, 5);
        var expected = Scores(4096);
        foreach (var size in (int[])[1, 7, 64, 129]) Scores(size).AsSpan().SequenceEqual(expected).ShouldBeTrue($"batches of {size}");

        float[] Scores(int size)
        {
            using var scorer = new Scorer(bench.Model, size);
            return scorer.Score(split);
        }
    }

    [Theory, MemberData(nameof(Cases)), MemberData(nameof(RowForms))]
    public void Score_RowsPermuted_ScoresPermuted(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        bench.Train(3);
        var split = Toy.Split(40, 6);
        var order = Enumerable.Range(0, 40).Select(i => (long)(i * 7 % 40)).ToArray();
        using var input = new IndexedBatch(SmallData.Fields, 40, bench.Model.Set);
        using var tape = new Tape(bench.Pool, 0) { IsTraining = false };
        var straight = Logits([.. Enumerable.Range(0, 40).Select(i => (long)i)]);
        var permuted = Logits(order);
        for (var i = 0; i < 40; i++) permuted[i].ShouldBe(straight[order[i]]);

        double[] Logits(long[] samples)
        {
            split.Read(samples, input.Batch);
            input.Index(bench.Pool);
            tape.Reset();
            var logits = bench.Model.Forward(tape, input);
            return [.. Enumerable.Range(0, 40).Select(i => logits[i, 0])];
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void Step_ThirtyTwoRowsManyTimes_Overfits(string name, int[] dims, Projection projection)
    {
        // Labels that a sum over fields can tell apart, so that every model is able to.
        using var bench = new Bench(name, dims, projection, Bench.SmallModel with { Dropout = 0, AttentionDropout = 0, Hidden = [16] }, Bench.SmallTraining with { LearningRate = 0.03, Tables = new() { LearningRate = 0.03 } });
        var batch = bench.Fill(seed: 3);
        for (var i = 0; i < 32; i++) batch.Labels[i] = (batch.Columns[0].Rows[i] * 3 % 11) + batch.Columns[1].Rows[i] > 7 ? 1 : 0;
        var loss = 1.0;
        for (var step = 0; step < 1000 && loss >= 0.01; step++) loss = bench.Learner.Step();
        loss.ShouldBeLessThan(0.01);
    }

    /// <summary>
    /// The public benchmark's counts on frappe and movielens: 10 dimensions, three hidden layers of 400 with BatchNorm, 3 cross layers. Its tables have
    /// a row for each value of the training split and one per field for others; DeepFM has one bias more here, of its hidden layers' output.
    /// </summary>
    [Theory]
    [InlineData("lr", 10, 5390), InlineData("fm", 10, 59_280), InlineData("dcn", 10, 418_591), InlineData("deepfm", 10, 423_280 + 1), InlineData("afm", 10, 60_826)]
    [InlineData("fwfm, value vectors", 10, 107_826), InlineData("fm", 3, 992_630), InlineData("deepfm", 3, 1_328_630 + 1)]
    public void Parameters_AtTheBenchmarksSettings_AsPublished(string name, int fieldCount, long published)
    {
        var values = fieldCount == 10 ? 5379 : 90_236;
        Field[] fields = [new("first", values - (fieldCount - 1) + 1), .. Enumerable.Range(1, fieldCount - 1).Select(m => new Field($"other{m}", 1 + 1))];
        ParameterCount.Of(Bench.Find(name), fields, EmbeddingPlan.Uniform(fields, 10), new ModelOptions { AttentionUnits = 128 }).All.ShouldBe(published);
    }

    [Theory, MemberData(nameof(Cases))]
    public void ParameterCount_AnyModel_CountsWhatTheModelHolds(string name, int[] dims, Projection projection)
    {
        using var bench = new Bench(name, dims, projection);
        ParameterCount.Of(Bench.Find(name), SmallData.Fields, bench.Plan, Bench.SmallModel).ShouldBe(
            new ParameterCount(bench.Model.Set.Parameters, bench.Model.Parameters.Sum(parameter => parameter.Length)));
    }

    [Fact]
    public void Find_UnknownName_NamesTheKnownOnes()
        => Should.Throw<AutoDimException>(() => ModelCatalog.Find("ffn")).Message.ShouldStartWith("there is no model 'ffn'; did you mean ffm; choose one of lr, fm, ffm, ");

    /// <summary>Whether a bias stands before BatchNorm, which takes it off again.</summary>
    private static bool IsBeforeNorm(CtrModel model, string name)
        => name.EndsWith(".bias", StringComparison.Ordinal) && model.Parameters.Any(parameter => parameter.Name == name[..^"bias".Length] + "norm.scale");
}

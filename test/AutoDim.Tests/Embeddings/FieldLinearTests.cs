using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Embeddings;

/// <summary>The layer per distinct row against the same layer on concatenated vectors.</summary>
public sealed unsafe class FieldLinearTests
{
    private const int Samples = 300;

    private static readonly Field[] Fields =
    [
        new("forty", 40), new("wide", 100_000), new("three", 3), new("tags", 5, MultiValued: true), new("narrow", 9), new("thirteen", 13),
    ];

    private static readonly int[] Dims = [16, 16, 8, 5, 2, 7];

    [Theory, InlineData(400, true), InlineData(32, false), InlineData(21, true), InlineData(3, false)]
    public void FieldLinear_FewAndManyDistinctRows_EqualsConcatenateAndLinear(int units, bool relu)
    {
        using var subject = new Subject(units, threads: 2);
        var whole = subject.Pass(vectors => subject.Tape.FieldLinear(vectors, subject.Weight, subject.Bias, relu));
        var plain = subject.Pass(vectors => subject.Tape.Linear(subject.Tape.Concatenate(vectors), subject.Weight, subject.Bias, relu));
        whole.Length.ShouldBe(plain.Length);
        var tolerance = (sizeof(Real) == 8 ? 1e-13 : 2e-6) * plain.Max(value => Math.Abs(value));
        for (var i = 0; i < plain.Length; i++) ((double)whole[i]).ShouldBe(plain[i], tolerance, $"number {i}");
    }

    [Fact]
    public void FieldLinear_OneOrThreeThreads_SameBits()
    {
        using Subject one = new(100, threads: 1), three = new(100, threads: 3);
        three.Pass(vectors => three.Tape.FieldLinear(vectors, three.Weight, three.Bias, relu: true))
            .ShouldBe(one.Pass(vectors => one.Tape.FieldLinear(vectors, one.Weight, one.Bias, relu: true)));
    }

    [Theory, InlineData(400, true, 2), InlineData(32, false, 1), InlineData(21, true, 3), InlineData(3, false, 1)]
    public void FieldLinear_ScoringWithKeptProducts_EqualsConcatenateAndLinear(int units, bool relu, int threads)
    {
        using var subject = new Subject(units, threads);
        using var kept = new KeptWeights();
        var whole = subject.Score(kept, Samples, (tape, vectors) => tape.FieldLinear(vectors, subject.Weight, subject.Bias, relu));
        var plain = subject.Score(null, Samples, (tape, vectors) => tape.Linear(tape.Concatenate(vectors), subject.Weight, subject.Bias, relu));
        var tolerance = (sizeof(Real) == 8 ? 1e-13 : 2e-6) * plain.Max(value => Math.Abs(value));
        for (var i = 0; i < plain.Length; i++) ((double)whole[i]).ShouldBe(plain[i], tolerance, $"number {i}");
        kept.Find<KeptProducts>(subject.Weight.Value).ShouldNotBeNull();
    }

    [Fact]
    public void FieldLinear_ScoringWithKeptProducts_SameBitsWhateverTheBatch()
    {
        const int Units = 100;
        using Subject one = new(Units, threads: 1), three = new(Units, threads: 3);
        using KeptWeights atOnce = new(), inParts = new();
        var whole = one.Score(atOnce, Samples, (tape, vectors) => tape.FieldLinear(vectors, one.Weight, one.Bias, relu: true));
        foreach (var size in (int[])[1, 2, 7, 64, Samples, 3])
        {
            three.Score(inParts, size, (tape, vectors) => tape.FieldLinear(vectors, three.Weight, three.Bias, relu: true)).ShouldBe(whole[..(size * Units)], $"batch of {size}");
        }
    }

    [Fact]
    public void FieldLinear_WeightsChangedAndForgotten_ScoresWithTheNewOnes()
    {
        using var subject = new Subject(8, threads: 1);
        using KeptWeights kept = new(), fresh = new();
        var before = Score(kept);
        subject.Weight.Values.Fill(0.25f);
        Score(kept).ShouldBe(before, "kept products are those of the weights as they were");
        kept.Forget();
        var after = Score(kept);
        after.ShouldBe(Score(fresh));
        after.ShouldNotBe(before);

        Real[] Score(KeptWeights kept) => subject.Score(kept, Samples, (tape, vectors) => tape.FieldLinear(vectors, subject.Weight, subject.Bias));
    }

    [Fact]
    public void DivideByTables_FewRowsAndBytes_KeepsOnlyWhatFits()
    {
        using var subject = new Subject(4, threads: 1);
        var split = new FieldSplit();
        var vectors = subject.Lookup().Fields;
        split.DivideByTables(vectors, units: 400);
        split.Shared.ToArray().Select(part => (Fields[part.Source.Field].Name, part.Offset)).ShouldBe([("forty", 0), ("three", 40), ("thirteen", 43)]);
        split.SharedRows.ShouldBe(56);
        split.Rest.ToArray().Select(part => part.Offset).ShouldBe([0, 16, 21], "a wide table, a mean of several values, two dimensions");
        split.DivideByTables(vectors, units: 800_000 / sizeof(Real));
        split.Shared.ToArray().Select(part => Fields[part.Source.Field].Name).ShouldBe(["three", "thirteen"], "56 products would take 45 MB");
    }

    [Fact]
    public void Divide_ByDistinctRows_SharesOnlyWhereItPays()
    {
        using var subject = new Subject(4, threads: 1);
        var split = new FieldSplit();
        var vectors = subject.Lookup().Fields;
        split.Divide(vectors, Samples, sharing: true);
        split.Shared.ToArray().Select(part => Fields[part.Source.Field].Name).ShouldBe(["forty", "three", "thirteen"]);
        split.Rest.ToArray().Select(part => part.Offset).ShouldBe([0, 16, 21]);
        split.Divide(vectors, Samples, sharing: false);
        split.Shared.Length.ShouldBe(0);
        split.RestDim.ShouldBe(Dims.Sum());
    }

    private sealed class Subject : IDisposable
    {
        private readonly WorkerPool pool;
        private readonly PlannedEmbedding embedding;
        private readonly IndexedBatch input = new(Fields, Samples);
        private readonly Parameter output;

        public Subject(int units, int threads)
        {
            pool = new WorkerPool(threads);
            var random = new CounterRandom(3, 4);
            embedding = new PlannedEmbedding(new TableSet(pool), Fields, EmbeddingPlan.Of(Fields, Dims) with { Projection = Projection.ZeroPadding }, 0.5, random);
            Weight = Parameter.Normal("weight", Dims.Sum(), units, 0.3, random);
            Bias = Parameter.Normal("bias", 1, units, 0.3, random);
            output = Parameter.Normal("output", units, 1, 0.3, random);
            Tape = new Tape(pool, 1);
            SmallData.Fill(input.Batch, Fields, Samples, 5);
            input.Index(pool);
        }

        public Tape Tape { get; }

        public Parameter Weight { get; }

        public Parameter Bias { get; }

        public FieldVectors Lookup() => embedding.Lookup(Tape, input).Unmapped;

        /// <summary>The layer's output for the first samples, as a scorer computes it.</summary>
        public Real[] Score(KeptWeights? kept, int samples, Func<Tape, FieldVectors, Tensor> layer)
        {
            using var tape = new Tape(pool, 1) { IsTraining = false, Kept = kept };
            SmallData.Fill(input.Batch, Fields, Samples, 5);
            input.Batch.Size = samples;
            input.Index(pool);
            var y = layer(tape, embedding.Lookup(tape, input).Unmapped);
            return [.. new Span<Real>(y.Value, (int)y.Length)];
        }

        /// <summary>The layer's output, and every gradient of a loss on it.</summary>
        public Real[] Pass(Func<FieldVectors, Tensor> layer)
        {
            Tape.Reset();
            foreach (var parameter in (Parameter[])[Weight, Bias, output]) parameter.DropGradient();
            var y = layer(Lookup());
            Tape.Backward(Tape.LogLoss(Tape.Linear(y, output), input.Batch));
            List<Real> numbers = [.. new Span<Real>(y.Value, (int)y.Length), .. Gradient(Weight), .. Gradient(Bias)];
            foreach (var lookup in Tape.Lookups) numbers.AddRange(Gradient(lookup.Vectors));
            return [.. numbers];
        }

        public void Dispose()
        {
            Tape.Dispose();
            embedding.Dispose();
            input.Dispose();
            foreach (var parameter in (Parameter[])[Weight, Bias, output]) parameter.Dispose();
            pool.Dispose();
        }

        private static Real[] Gradient(Tensor tensor) => [.. new Span<Real>(tensor.Gradient, (int)tensor.Length)];
    }
}

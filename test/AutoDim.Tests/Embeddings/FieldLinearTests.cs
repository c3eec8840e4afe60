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

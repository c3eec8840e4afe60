using AutoDim.Autograd;
using AutoDim.Embeddings;
using AutoDim.Layers;
using AutoDim.Numerics;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Layers;

public sealed class MlpTests
{
    [Theory, InlineData(Projection.Linear), InlineData(Projection.ZeroPadding)]
    public void Forward_MapsFolded_EqualsMapsApplied(Projection projection)
    {
        using var pool = new WorkerPool(1);
        var random = new CounterRandom(3, 0);
        using var embedding = new PlannedEmbedding(new TableSet(pool), SmallData.Fields, EmbeddingPlan.Of(SmallData.Fields, [1, 5, 2, 0]) with { Projection = projection }, 0.5, random);
        using var mlp = new Mlp("mlp", embedding.ConcatenatedDim, [6, 4], batchNorm: true, dropout: 0, random);
        using var tape = new Tape(pool, 1);
        using var input = new IndexedBatch(SmallData.Fields, 20);
        SmallData.Fill(input.Batch, SmallData.Fields, 20, 9);
        input.Index(pool);
        var vectors = embedding.Lookup(tape, input);
        var folded = mlp.Forward(tape, vectors);
        var applied = mlp.Forward(tape, new FieldVectors(20, vectors.Fields));
        for (var i = 0; i < 20; i++) folded[i, 0].ShouldBe(applied[i, 0], 1e-5);
    }

    [Theory, InlineData(), InlineData(0), InlineData(4, -1)]
    public void Constructor_NoUnits_Refused(params int[] units)
        => Should.Throw<AutoDimException>(() => new Mlp("mlp", 4, units, true, 0, new CounterRandom(1, 1))).Message.ShouldContain("one layer or more");
}

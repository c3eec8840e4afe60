using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Models;

/// <summary>What a model's constructor builds from.</summary>
/// <param name="Embedding">Makes the model's embedding: planned tables, or a search layer in their place.</param>
internal sealed record ModelContext(
    IReadOnlyList<Field> Fields,
    ModelOptions Options,
    CounterRandom Random,
    WorkerPool Pool,
    Func<ModelContext, EmbeddingLayer> Embedding)
{
    public TableSet Tables { get; } = new(Pool);

    /// <summary>A context whose embedding follows a plan.</summary>
    public static ModelContext Planned(IReadOnlyList<Field> fields, EmbeddingPlan plan, ModelOptions options, ulong seed, WorkerPool pool)
        => new(fields, options, new CounterRandom(seed, 0x30DE1), pool, context => new PlannedEmbedding(context.Tables, fields, plan, options.InitialDeviation, context.Random));
}

using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Models;

/// <summary>What a model's constructor builds from, and hands on to <see cref="CtrModel"/>.</summary>
public sealed class ModelContext
{
    /// <param name="embedding">Makes the model's embedding: planned tables, or a search layer in their place.</param>
    internal ModelContext(IReadOnlyList<Field> fields, ModelOptions options, CounterRandom random, WorkerPool pool, Func<ModelContext, EmbeddingLayer> embedding)
    {
        (Fields, Options, Random, Pool, Embedding) = (fields, options, random, pool, embedding);
        Tables = new TableSet(pool);
    }

    public IReadOnlyList<Field> Fields { get; }

    public ModelOptions Options { get; }

    internal CounterRandom Random { get; }

    internal WorkerPool Pool { get; }

    internal Func<ModelContext, EmbeddingLayer> Embedding { get; }

    internal TableSet Tables { get; }

    /// <summary>A context of the same fields without their sequences.</summary>
    internal ModelContext WithoutSequences() => new([.. Fields.Select(field => field with { Sequences = null })], Options, Random, Pool, Embedding);

    /// <summary>A context whose embedding follows a plan.</summary>
    internal static ModelContext Planned(IReadOnlyList<Field> fields, EmbeddingPlan plan, ModelOptions options, ulong seed, WorkerPool pool)
        => new(fields, options, new CounterRandom(seed, 0x30DE1), pool, context => new PlannedEmbedding(context.Tables, context.Fields, plan, options.InitialDeviation, context.Random));
}

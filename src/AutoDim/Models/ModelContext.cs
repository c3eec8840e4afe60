using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Models;

/// <summary>What a model's constructor builds from, and hands on to <see cref="CtrModel"/>.</summary>
public sealed class ModelContext
{
    /// <param name="embedding">Makes the model's embedding: planned tables, or a search layer in their place.</param>
    /// <param name="storages">Each field's storage, for a model to score with; null or none at all: every row is numbers.</param>
    /// <param name="rows">Where all tables' rows lie already, for a model that only scores; null: tables have memory of their own.</param>
    /// <param name="forms">How each field's vectors are made; null or none at all: each value has a row.</param>
    /// <param name="isDeployed">Whether the model is to score with, so that forms that learn more than they keep have what they keep.</param>
    /// <param name="counts">How often training has each row of a field, for forms that ask; null: rows are in the order of that, the most frequent first.</param>
    internal ModelContext(
        IReadOnlyList<Field> fields, ModelOptions options, CounterRandom random, WorkerPool pool, Func<ModelContext, EmbeddingLayer> embedding, IReadOnlyList<RowStorage>? storages = null, ITableRows? rows = null,
        IReadOnlyList<RowForm?>? forms = null, bool isDeployed = false, Func<int, long[]>? counts = null)
    {
        (Fields, Options, Random, Pool, Embedding) = (fields, options, random, pool, embedding);
        Tables = new TableSet(pool, storages, rows, forms, isDeployed, counts);
    }

    /// <summary>The stream of random numbers, for a seed, that models start from.</summary>
    internal const ulong Stream = 0x30DE1;

    public IReadOnlyList<Field> Fields { get; }

    public ModelOptions Options { get; }

    internal CounterRandom Random { get; }

    internal WorkerPool Pool { get; }

    internal Func<ModelContext, EmbeddingLayer> Embedding { get; }

    internal TableSet Tables { get; }

    /// <summary>A context of the same fields without their sequences.</summary>
    internal ModelContext WithoutSequences() => new([.. Fields.Select(field => field with { Sequences = null })], Options, Random, Pool, Embedding, Tables.Storages, Tables.Rows, Tables.Forms, Tables.IsDeployed, Tables.Counts);

    /// <summary>A context whose embedding follows a plan.</summary>
    /// <param name="packed">Whether tables are in the plan's storage and forms keep only what is deployed, to score with; else all are numbers, to train.</param>
    /// <param name="rows">Where all tables' rows lie already; null: tables have memory of their own.</param>
    /// <param name="counts">How often training has each row of a field, for forms that ask; null: rows are in the order of that, the most frequent first.</param>
    internal static ModelContext Planned(
        IReadOnlyList<Field> fields, EmbeddingPlan plan, ModelOptions options, ulong seed, WorkerPool pool, bool packed = false, ITableRows? rows = null, Func<int, long[]>? counts = null)
        => new(fields, options, new CounterRandom(seed, Stream), pool, context => new PlannedEmbedding(context.Tables, context.Fields, plan, options.InitialDeviation, context.Random),
            packed ? plan.Storages : [], rows, plan.Forms, packed, counts);
}

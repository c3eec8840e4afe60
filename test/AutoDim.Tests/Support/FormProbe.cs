using AutoDim.Autograd;
using AutoDim.Data;
using AutoDim.Embeddings;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Tests.Support;

/// <summary>One field whose vectors a form makes, all of them looked up at once.</summary>
internal sealed class FormProbe : IDisposable
{
    private readonly WorkerPool pool = new(1);
    private readonly Field[] fields;
    private readonly IndexedBatch input;

    /// <param name="counts">How often each row occurs; null: the first are the most frequent.</param>
    /// <param name="isDeployed">Whether the rows are as a model scores with, not as it trains.</param>
    public FormProbe(string form, long rows, int dim, double deviation = 0.5, bool isDeployed = false, long[]? counts = null)
    {
        fields = [new("value", rows)];
        Set = new TableSet(pool, forms: [RowForm.Parse(form)], isDeployed: isDeployed, counts: counts == null ? null : _ => counts);
        var plan = EmbeddingPlan.Of(fields, [dim], forms: Set.Forms);
        Embedding = new PlannedEmbedding(Set, fields, plan, deviation, new CounterRandom(3, 1));
        Tape = new Tape(pool, 1);
        input = new IndexedBatch(fields, (int)rows, Set);
        for (var row = 0; row < rows; row++) input.Batch.Columns[0].Rows[row] = row;
        input.Batch.Size = (int)rows;
        input.Index(pool);
    }

    public TableSet Set { get; }

    public EmbeddingLayer Embedding { get; }

    public Tape Tape { get; }

    /// <summary>The vector of every value, in order: (rows, dim).</summary>
    public Tensor Lookup()
    {
        Tape.Reset();
        return Embedding.Lookup(Tape, input).Fields[0].Vectors;
    }

    /// <summary>A dense weight, by what follows the field's in its name.</summary>
    public Parameter Weight(string name) => Embedding.Parameters.Single(item => item.Name == $"embedding.value{name}");

    /// <summary>Fills deployed rows from those that were trained.</summary>
    public void Pack(FormProbe trained)
    {
        foreach (var (source, target) in trained.Set.Tables.Zip(Set.Tables)) target.Pack(source);
        foreach (var target in Embedding.Parameters) trained.Embedding.Parameters.Single(item => item.Name == target.Name).Values.CopyTo(target.Values);
    }

    /// <summary>Gradients of some loss of all vectors; the vectors.</summary>
    public Tensor Backward()
    {
        var vectors = Lookup();
        using var readout = Parameter.Normal("readout", vectors.Columns, 1, 1, new CounterRandom(5, 5));
        readout.IsFrozen = true;
        using var labels = new NativeBuffer<float>(vectors.Rows);
        for (var i = 0; i < vectors.Rows; i++) labels[i] = i % 3 == 0 ? 1 : 0;
        foreach (var parameter in Embedding.Parameters) parameter.DropGradient();
        Tape.Backward(LogLoss.Apply(Tape, Tape.Linear(vectors, readout), labels));
        return vectors;
    }

    /// <summary>A number of a table, by what follows the field's in its name.</summary>
    public unsafe double Number(string table, long row, long column) => Set.Tables.Single(item => item.Name == $"embedding.value{table}").Row(row)[column];

    public void Dispose()
    {
        Tape.Dispose();
        input.Dispose();
        Embedding.Dispose();
        pool.Dispose();
    }
}

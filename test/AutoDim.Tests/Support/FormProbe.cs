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

    public FormProbe(string form, long rows, int dim, double deviation = 0.5)
    {
        fields = [new("value", rows)];
        Set = new TableSet(pool, forms: [RowForm.Parse(form)]);
        var plan = EmbeddingPlan.Of(fields, [dim], forms: Set.Forms);
        Embedding = new PlannedEmbedding(Set, fields, plan, deviation, new CounterRandom(3, 1));
        Tape = new Tape(pool, 1);
        input = new IndexedBatch(fields, (int)rows, Set.Rules);
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

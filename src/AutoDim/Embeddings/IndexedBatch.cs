using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>A batch with each field's distinct rows: what a model's forward pass takes.</summary>
public sealed class IndexedBatch : IDisposable
{
    public IndexedBatch(IReadOnlyList<Field> fields, int capacity)
    {
        Batch = new Batch(fields, capacity);
        Fields = [.. fields.Select(field => new DistinctRows(field.Rows, capacity))];
    }

    /// <summary>The samples; fill it, then call <see cref="Index"/>.</summary>
    public Batch Batch { get; }

    /// <summary>Samples in the batch.</summary>
    public int Size => Batch.Size;

    internal DistinctRows[] Fields { get; }

    public void Dispose()
    {
        Batch.Dispose();
        foreach (var field in Fields) field.Dispose();
    }

    /// <summary>Finds each field's distinct rows; call after the batch is filled.</summary>
    internal void Index(WorkerPool pool) => pool.For(Fields.Length, 1, this, static (input, first, last) =>
    {
        for (var field = first; field < last; field++) input.Fields[field].Build(input.Batch.Columns[field], input.Size);
    });
}

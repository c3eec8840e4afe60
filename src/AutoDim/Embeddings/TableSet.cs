using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>All tables of a model, numbered; the pool fills and updates them.</summary>
/// <param name="storages">Each field's storage, for a model to score with; null or none at all: every row is numbers.</param>
internal sealed class TableSet(WorkerPool pool, IReadOnlyList<RowStorage>? storages = null)
{
    private readonly List<EmbeddingTable> tables = [];

    public WorkerPool Pool { get; } = pool;

    public IReadOnlyList<RowStorage> Storages { get; } = storages ?? [];

    public IReadOnlyList<EmbeddingTable> Tables => tables;

    /// <summary>Weights of all tables together.</summary>
    public long Parameters => tables.Sum(table => table.Parameters);

    /// <summary>Bytes of all rows.</summary>
    public long Bytes => tables.Sum(table => table.Rows * RowFormat.Bytes(table.Storage, table.Dim));

    public EmbeddingTable Add(int field, string name, long rows, int dim)
    {
        var table = new EmbeddingTable(tables.Count, field, name, rows, dim, Storages.Count == 0 ? RowStorage.Float32 : Storages[field]);
        tables.Add(table);
        return table;
    }
}

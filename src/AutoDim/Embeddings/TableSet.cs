using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>All tables of a model, numbered; the pool fills and updates them.</summary>
/// <param name="storages">Each field's storage, for a model to score with; null or none at all: every row is numbers.</param>
/// <param name="rows">Where all rows lie already, for a model that only scores; null: tables have memory of their own.</param>
internal sealed class TableSet(WorkerPool pool, IReadOnlyList<RowStorage>? storages = null, ITableRows? rows = null)
{
    private readonly List<EmbeddingTable> tables = [];

    public WorkerPool Pool { get; } = pool;

    public IReadOnlyList<RowStorage> Storages { get; } = storages ?? [];

    public ITableRows? Rows { get; } = rows;

    public IReadOnlyList<EmbeddingTable> Tables => tables;

    /// <summary>Weights of all tables together.</summary>
    public long Parameters => tables.Sum(table => table.Parameters);

    /// <summary>Bytes of all rows.</summary>
    public long Bytes => tables.Sum(table => table.Rows * RowFormat.Bytes(table.Storage, table.Dim));

    public EmbeddingTable Add(int field, string name, long count, int dim)
    {
        var table = new EmbeddingTable(tables.Count, field, name, count, dim, Storages.Count == 0 ? RowStorage.Float32 : Storages[field], Rows);
        tables.Add(table);
        return table;
    }
}

using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>All tables of a model, numbered; the pool fills and updates them.</summary>
internal sealed class TableSet(WorkerPool pool)
{
    private readonly List<EmbeddingTable> tables = [];

    public WorkerPool Pool { get; } = pool;

    public IReadOnlyList<EmbeddingTable> Tables => tables;

    /// <summary>Weights of all tables together.</summary>
    public long Parameters => tables.Sum(table => table.Parameters);

    public EmbeddingTable Add(int field, string name, long rows, int dim)
    {
        var table = new EmbeddingTable(tables.Count, field, name, rows, dim);
        tables.Add(table);
        return table;
    }
}

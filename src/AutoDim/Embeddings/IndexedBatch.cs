using AutoDim.Data;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>A batch with each field's distinct rows: what a model's forward pass takes.</summary>
public sealed class IndexedBatch : IDisposable
{
    private readonly IReadOnlyList<RowRule> rules;
    private readonly DistinctRows[] ruled;
    private readonly RowWire wire;

    public IndexedBatch(IReadOnlyList<Field> fields, int capacity)
        : this(fields, capacity, null)
    {
    }

    /// <param name="set">The tables of the model that the batch is for; null: none that rules lead to.</param>
    /// <param name="wire">How rows go from rank to rank.</param>
    internal IndexedBatch(IReadOnlyList<Field> fields, int capacity, TableSet? set, RowWire wire = default)
    {
        (Set, this.wire) = (set, wire);
        rules = set?.Rules ?? [];
        Batch = new Batch(fields, capacity);
        Fields = [.. fields.Select(field => new DistinctRows(field.Rows, capacity))];
        ruled = [.. rules.Select(rule => new DistinctRows(rule.Rows, capacity))];
    }

    /// <summary>The samples; fill it, then call <see cref="Index"/>.</summary>
    public Batch Batch { get; }

    /// <summary>Samples in the batch.</summary>
    public int Size => Batch.Size;

    internal DistinctRows[] Fields { get; }

    /// <summary>The tables of the model that the batch is for; null: none that rules lead to.</summary>
    internal TableSet? Set { get; }

    /// <summary>What ranks tell each other about the batch's rows; null for a process alone.</summary>
    internal RowExchange? Exchange { get; private set; }

    /// <summary>A table's distinct rows; where a rule leads to them, their entries are the field's distinct rows.</summary>
    internal DistinctRows RowsOf(EmbeddingTable table) => table.Rule is { } rule ? ruled[rule] : Fields[table.Field];

    public void Dispose()
    {
        Batch.Dispose();
        Exchange?.Dispose();
        foreach (var rows in Fields.Concat(ruled)) rows.Dispose();
    }

    /// <summary>Finds each field's distinct rows, and those of tables; call after the batch is filled.</summary>
    internal void Index(WorkerPool pool)
    {
        IndexFields(pool);
        Set?.Fetch(this);
        if (Set is null || !pool.Ranks.AreSeveral) return;
        Exchange ??= new RowExchange(Set, wire);
        Exchange.Ask(this);
    }

    private void IndexFields(WorkerPool pool)
    {
        pool.For(Fields.Length, 1, this, static (input, first, last) =>
        {
            for (var field = first; field < last; field++) input.Fields[field].Build(input.Batch.Columns[field], input.Size);
        });
        if (ruled.Length == 0) return;
        pool.For(ruled.Length, 1, this, static (input, first, last) =>
        {
            for (var i = first; i < last; i++) input.ruled[i].Build(input.Fields[input.rules[i].Field], input.rules[i]);
        });
    }
}

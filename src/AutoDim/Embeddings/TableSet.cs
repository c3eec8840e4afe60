using AutoDim.Autograd;
using AutoDim.Embeddings.Forms;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>All tables of a model, numbered; the pool fills and updates them.</summary>
/// <param name="storages">Each field's storage, for a model to score with; null or none at all: every row is numbers.</param>
/// <param name="rows">Where all rows lie already, for a model that only scores; null: tables have memory of their own.</param>
/// <param name="forms">How each field's vectors are made; null, as a field's or for none at all: each value has a row.</param>
/// <param name="isDeployed">Whether the model is to score with, so that forms that learn more than they keep have what they keep.</param>
/// <param name="counts">How often training has each row of a field; null: rows are in the order of that, the most frequent first.</param>
internal sealed class TableSet(WorkerPool pool, IReadOnlyList<RowStorage>? storages = null, ITableRows? rows = null, IReadOnlyList<RowForm?>? forms = null, bool isDeployed = false, Func<int, long[]>? counts = null)
{
    private readonly List<EmbeddingTable> tables = [];
    private readonly List<EmbeddingTable> shared = [];
    private readonly List<RowRule> rules = [];
    private IReadOnlyList<TableLookup> lookups = [];

    public WorkerPool Pool { get; } = pool;

    public IReadOnlyList<RowStorage> Storages { get; } = storages ?? [];

    public ITableRows? Rows { get; } = rows;

    public IReadOnlyList<RowForm?> Forms { get; } = forms ?? [];

    public bool IsDeployed { get; } = isDeployed;

    public Func<int, long[]>? Counts { get; } = counts;

    /// <summary>The rules by which fields' rows lead to rows of tables, where they are not the same.</summary>
    public IReadOnlyList<RowRule> Rules => rules;

    public IReadOnlyList<EmbeddingTable> Tables => tables;

    /// <summary>The tables that are spread over ranks, so that none has all rows.</summary>
    public IReadOnlyList<EmbeddingTable> Shared => shared;

    public bool HasShared => shared.Count > 0;

    /// <summary>Weights of all tables together.</summary>
    public long Parameters => tables.Sum(table => table.Parameters);

    /// <summary>Bytes of all rows.</summary>
    public long Bytes => tables.Sum(table => table.DeployedBytes);

    /// <summary>How a field's vectors are made; null: each value has a row.</summary>
    public RowForm? FormOf(int field) => Forms.Count == 0 ? null : Forms[field];

    /// <summary>How often training has each of a field's rows; null: they are in the order of that, the most frequent first.</summary>
    public long[]? CountsOf(int field) => Counts?.Invoke(field);

    /// <param name="rule">As <see cref="Add(RowRule)"/> gave it; null: the field's rows are the table's.</param>
    /// <param name="kept">How the rows lie packed where a mask keeps only some of their numbers: of a set to score with the table has only those, else it has zeros; null: every row is whole.</param>
    /// <param name="codes">How the rows lie packed where they are codes; null: by the field's storage.</param>
    /// <param name="learnt">How the rows lie packed while they train; null: as numbers.</param>
    public EmbeddingTable Add(int field, string name, long count, int dim, int? rule = null, KeptLayout? kept = null, RowCodes? codes = null, RowStorage? learnt = null)
    {
        var storage = learnt ?? (Storages.Count == 0 ? RowStorage.Float32 : Storages[field]);
        var share = codes == null && learnt == null ? ShareOf(count, dim) : null;
        var table = new EmbeddingTable(tables.Count, field, name, count, dim, storage, Rows, rule, IsDeployed ? kept : null, codes, share, Pool.TableFolder) { Learns = learnt != null };
        tables.Add(table);
        if (table.Share != null) shared.Add(table);
        return table;
    }

    /// <summary>Tables of numbers that are too large for every rank to have whole are spread; null: whole.</summary>
    private RowShare? ShareOf(long rows, int dim)
        => Pool.Ranks.AreSeveral && Storages.Count == 0 && Rows == null && !IsDeployed && rows * dim * sizeof(Real) > (Pool.Ranks.ReplicatedBytes ?? Ranks.DefaultReplicatedBytes) ? new RowShare(Pool.Ranks, rows) : null;

    /// <summary>By which a table's field's rows lead to its own; null: they are the same.</summary>
    public RowRule? RuleOf(EmbeddingTable table) => table.Rule is { } rule ? rules[rule] : null;

    /// <summary>The number of a rule; equal ones have the same.</summary>
    public int Add(RowRule rule)
    {
        if (rules.IndexOf(rule) is >= 0 and var known) return known;
        rules.Add(rule);
        return rules.Count - 1;
    }

    /// <summary>Whether rows that lie in files are asked for before they are used.</summary>
    public FetchControl Fetching { get; } = new();

    /// <summary>Starts reading the rows of a batch, of tables that lie in files.</summary>
    public unsafe void Fetch(IndexedBatch input)
    {
        if (Pool.TableFolder == null) return;
        Fetching.Begin();
        if (!Fetching.IsOn) return;
        Pool.For(tables.Count, 1, input, static (input, first, last) =>
        {
            for (var t = first; t < last; t++)
            {
                var table = input.Set!.tables[t];
                if (!table.Weights.IsInFile || table.Share != null) continue;
                var rows = input.RowsOf(table);
                for (var u = 0; u < rows.Count; u++)
                {
                    if (u % FetchControl.UnaskedOf > 0) table.Weights.Fetch(rows.Rows[u] * table.Dim, table.Dim);
                }
            }
        });
    }

    /// <summary>Takes from a pass's gradients what masks do not keep, so that nothing moves it.</summary>
    public unsafe void MaskGradients(IReadOnlyList<TableLookup> lookups)
    {
        this.lookups = lookups;
        if (!tables.Exists(static table => table.Mask != null)) return;
        Pool.For(lookups.Count, 1, this, static (set, first, last) =>
        {
            for (var i = first; i < last; i++)
            {
                var lookup = set.lookups[i];
                if (set.tables[lookup.Table].Mask is not { } mask || !lookup.Vectors.HasGradient) continue;
                for (var u = 0; u < lookup.Vectors.Rows; u++) mask.Apply(lookup.Rows[u], lookup.Vectors.GradientRow(u));
            }
        });
    }
}

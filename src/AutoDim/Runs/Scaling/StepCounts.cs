using AutoDim.Embeddings;
using AutoDim.Numerics;

namespace AutoDim.Runs.Scaling;

/// <summary>What a rank has to do with rows in a step, counted from its samples' distinct values.</summary>
internal sealed class StepCounts(IReadOnlyList<TablePlacement> tables, DistinctValues distinct)
{
    private readonly bool isAnyShared = tables.Any(table => table.IsShared);

    /// <summary>Exchanges a step: for each set of rows their numbers, what they are, and what is in them.</summary>
    public int Exchanges => isAnyShared ? 6 : 3;

    /// <summary>Bytes that a rank sends to others in exchanges.</summary>
    public double SentBytes(int ranks, int batchSize)
    {
        if (ranks == 1) return 0;
        var counts = tables.Count * sizeof(int) * (ranks - 1) * (isAnyShared ? 2 : 1);
        return counts + tables.Sum(table => RowExchange.SentBytes((long)Distinct(table, batchSize / (double)ranks), table.Dim, table.IsShared, ranks, table.Wire));
    }

    /// <summary>
    /// Bytes of rows that a rank handles because there are others: those it gets, and those it updates though its own samples have not got them (of a
    /// spread table it need not update all that they have).
    /// </summary>
    public double HandledBytes(int ranks, int batchSize)
    {
        if (ranks == 1) return 0;
        return tables.Sum(table =>
        {
            double own = Distinct(table, batchSize / (double)ranks), all = Distinct(table, batchSize);
            var got = table.IsShared ? 2 * own : ranks * own;
            var updated = (table.IsShared ? all / ranks : all) - own;
            return (got + updated) * (sizeof(long) + (sizeof(Real) * table.Dim));
        });
    }

    /// <summary>Bytes of rows whose gradients a rank adds up, its own among them.</summary>
    public double MergedBytes(int ranks, int batchSize)
        => tables.Sum(table => (table.IsShared ? 1 : ranks) * Distinct(table, batchSize / (double)ranks) * (sizeof(long) + (sizeof(Real) * table.Dim)));

    private double Distinct(TablePlacement table, double samples) => distinct.In(samples, table.Field);
}

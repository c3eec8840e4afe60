using AutoDim.Graphs;

namespace AutoDim.Embeddings;

/// <summary>Which row of a table each of a field's rows leads to, where several may lead to one.</summary>
/// <param name="Field">Index of the field.</param>
/// <param name="Rows">Rows of the table.</param>
internal abstract record RowRule(int Field, long Rows)
{
    /// <summary>The table's row, 0 … <see cref="Rows"/> − 1.</summary>
    public abstract long RowOf(long row);

    /// <summary>The same in a graph: any shape of 64-bit rows to table rows.</summary>
    public abstract GraphValue Describe(ForwardGraph graph, GraphValue rows);
}

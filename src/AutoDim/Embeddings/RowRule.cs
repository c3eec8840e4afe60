using AutoDim.Graphs;

namespace AutoDim.Embeddings;

/// <summary>Which rows of a table each of a field's rows leads to, where several may lead to one.</summary>
/// <param name="Field">Index of the field.</param>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Parts">How many of them each of the field's rows leads to.</param>
internal abstract record RowRule(int Field, long Rows, int Parts = 1)
{
    /// <summary>The table's row, 0 … <see cref="Rows"/> − 1.</summary>
    public abstract long RowOf(long row, int part);

    /// <summary>The same in a graph: N 64-bit rows to N · <see cref="Parts"/> table rows, a row's parts together.</summary>
    public abstract GraphValue Describe(ForwardGraph graph, GraphValue rows);
}

using AutoDim.Graphs;

namespace AutoDim.Embeddings.Forms;

/// <summary>A digit of the row's number in a system of mixed bases: (row / <paramref name="Divisor"/>) mod <paramref name="Rows"/>.</summary>
internal sealed record DigitRule(int Field, long Rows, long Divisor) : RowRule(Field, Rows)
{
    public override long RowOf(long row, int part) => row / Divisor % Rows;

    public override GraphValue Describe(ForwardGraph graph, GraphValue rows)
        => graph.Node("Mod", [graph.Node("Div", [rows, graph.Numbers([Divisor])]), graph.Numbers([Rows])]);
}

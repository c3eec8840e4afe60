using AutoDim.Autograd;
using AutoDim.Graphs;
using AutoDim.Numerics;

namespace AutoDim.Embeddings;

/// <summary>
/// A field's distinct vectors from a table's fewer rows, some of which they share: (U', d) → (U, D). Where a rule gives several rows a vector, they
/// lie side by side, and the last is cut where it would reach beyond D.
/// </summary>
internal sealed unsafe class SelectRows : Operation
{
    private Tensor source = null!, target = null!;
    private DistinctRows rows = null!;
    private int parts;

    /// <param name="rows">Of the table; its entries are the parts of the field's distinct rows.</param>
    /// <param name="columns">D.</param>
    public static Tensor Apply(Tape tape, Tensor source, DistinctRows rows, int parts, int columns)
    {
        var operation = tape.Record<SelectRows>();
        operation.source = source;
        operation.rows = rows;
        operation.parts = parts;
        operation.target = tape.NewTensor(rows.Entries / parts, columns);
        for (var entry = 0; entry < rows.Entries; entry++)
        {
            var bytes = operation.LengthOf(entry % parts) * sizeof(Real);
            Buffer.MemoryCopy(source.Row(rows.Positions[entry]), operation.target.Row(entry / parts) + (entry % parts * source.Columns), bytes, bytes);
        }

        return operation.target;
    }

    public override void Backward()
    {
        if (!target.HasGradient || !source.NeedsGradient) return;
        source.EnsureGradient();
        for (var entry = 0; entry < rows.Entries; entry++)
        {
            VectorKernels.AddScaled(source.GradientRow(rows.Positions[entry]), 1, target.GradientRow(entry / parts) + (entry % parts * source.Columns), LengthOf(entry % parts));
        }
    }

    /// <summary>In a graph a lookup has a row for each entry already.</summary>
    public override void Describe(GraphTrace trace)
    {
        var whole = parts == 1 ? trace[source] : trace.Graph.Reshape(trace[source], -1, parts * source.Columns);
        trace[target] = target.Columns == parts * source.Columns ? whole : trace.Graph.Slice(whole, trace.Graph.Numbers([0]), trace.Graph.Numbers([target.Columns]), axis: 1);
    }

    private int LengthOf(int part) => Math.Min(source.Columns, target.Columns - (part * source.Columns));
}
